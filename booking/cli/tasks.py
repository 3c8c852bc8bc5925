"""`booking task`: a user's tasks from the command line."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click
from flask import Flask

from booking.cli.context import with_app
from booking.core.errors import InvalidInput, NotFound
from booking.core.ids import decode_id, encode_id
from booking.core.zones import zone
from booking.tasks.switches import Which
from booking.tasks.values import Priority, Show, TaskCalendarView, TaskView
from booking.web.schemas.fields import rfc3339
from booking.wiring import Services

_USER = click.option("--user", "username", required=True, help="Whose tasks: the user name.")
_PORTION = 500


@click.group()
def task() -> None:
    """Tasks, and their events in a calendar."""


@task.command("list")
@_USER
@click.option(
    "--show", type=click.Choice([each.value for each in Show]), default=Show.UPCOMING.value
)
@with_app
def list_tasks(app: Flask, username: str, show: str) -> None:
    """Print tasks, one JSON object a line."""
    services: Services = app.extensions["booking"]
    with app.app_context():
        user_id, _ = _user(services, username)
        after = 0
        while found := services.tasks.service.page(
            user_id, Show(show), after=after, limit=_PORTION
        ):
            for view in found:
                click.echo(_line(view))
            after = found[-1].id


@task.command()
@_USER
@click.argument("title")
@click.option("--due", help="Wall time in the user's zone, such as 2026-11-23T09:00.")
@click.option("--minutes", type=int, default=30, show_default=True)
@click.option("--description", default="")
@click.option(
    "--priority",
    type=click.Choice([each.value for each in Priority]),
    default=Priority.NORMAL.value,
)
@click.option("--on", is_flag=True, help="Put it on the calendar.")
@with_app
def add(
    app: Flask,
    username: str,
    title: str,
    due: str | None,
    minutes: int,
    description: str,
    priority: str,
    on: bool,
) -> None:
    """Make a task and print it."""
    services: Services = app.extensions["booking"]
    with app.app_context():
        user_id, zone_name = _user(services, username)
        fields: dict[str, Any] = {
            "title": title,
            "due_at": _moment(due, zone_name),
            "duration_minutes": minutes,
            "description": description,
            "priority": priority,
            "sync_enabled": on,
        }
        click.echo(_line(services.tasks.service.create(user_id, fields)))


@task.command()
@_USER
@click.argument("key")
@click.option("--title")
@click.option("--due", help="Wall time in the user's zone; empty for none.")
@click.option("--description")
@click.option("--priority", type=click.Choice([each.value for each in Priority]))
@click.option("--done/--open", "completed", default=None, help="Complete or reopen it.")
@click.option("--on/--off", "sync_enabled", default=None, help="Switch it on or off.")
@with_app
def change(app: Flask, username: str, key: str, due: str | None, **given: Any) -> None:
    """Change a task and print it."""
    services: Services = app.extensions["booking"]
    with app.app_context():
        user_id, zone_name = _user(services, username)
        fields = {name: value for name, value in given.items() if value is not None}
        if due is not None:
            fields["due_at"] = _moment(due or None, zone_name)
        click.echo(_line(services.tasks.service.change(user_id, _key(key), fields)))


@task.command()
@_USER
@click.argument("key")
@with_app
def delete(app: Flask, username: str, key: str) -> None:
    """Delete a task and its event."""
    services: Services = app.extensions["booking"]
    with app.app_context():
        user_id, _ = _user(services, username)
        services.tasks.service.delete(user_id, _key(key))


@task.command()
@_USER
@click.option("--to", "key", help="Let tasks go to the calendar with this id.")
@with_app
def calendar(app: Flask, username: str, key: str | None) -> None:
    """Print, or choose, the calendar that receives tasks, and how far writing is."""
    services: Services = app.extensions["booking"]
    with app.app_context():
        user_id, _ = _user(services, username)
        if key is not None:
            services.tasks.switches.set_calendar(user_id, _key(key))
        click.echo(_standing(services.tasks.switches.calendar(user_id)))


@task.command("switch")
@_USER
@click.option("--on/--off", "enabled", required=True, help="All open tasks on, or all off.")
@with_app
def switch_all(app: Flask, username: str, enabled: bool) -> None:
    """Switch all of a user's tasks, in the background, and print how far writing is."""
    services: Services = app.extensions["booking"]
    with app.app_context():
        user_id, _ = _user(services, username)
        click.echo(_standing(services.tasks.switches.switch(user_id, Which.OPEN, enabled=enabled)))


@task.command()
@_USER
@with_app
def stop(app: Flask, username: str) -> None:
    """Switch off again what is not written yet."""
    services: Services = app.extensions["booking"]
    with app.app_context():
        user_id, _ = _user(services, username)
        click.echo(_standing(services.tasks.switches.stop(user_id)))


def _user(services: Services, username: str) -> tuple[int, str]:
    found = services.accounts.find_by_username(username)
    if found is None:
        raise NotFound(f"There is no user {username}.")
    return found.id, found.time_zone


def _key(text: str) -> int:
    key = decode_id(text)
    if not key:
        raise NotFound("There is nothing with this id.")
    return key


def _moment(text: str | None, zone_name: str) -> datetime | None:
    """Return the moment of a wall time; one with an offset is taken as it is."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput.at("/due", "Must be a time like 2026-11-23T09:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone(zone_name))


def _line(view: TaskView) -> str:
    return json.dumps(
        {
            "id": encode_id(view.id),
            "title": view.title,
            "due_at": rfc3339(view.due_at) if view.due_at else None,
            "priority": view.priority,
            "completed": view.completed,
            "sync_enabled": view.sync_enabled,
            "state": view.sync.state.value,
            "error": view.sync.error,
        },
        ensure_ascii=False,
    )


def _standing(view: TaskCalendarView) -> str:
    progress = view.progress
    return json.dumps(
        {
            "calendar_id": encode_id(view.calendar_id) if view.calendar_id else None,
            "name": view.name,
            "error": view.error,
            "total": progress.total,
            "written": progress.written,
            "waiting": progress.waiting,
            "failing": progress.failing,
        },
        ensure_ascii=False,
    )
