"""A host with tasks, one calendar at a provider that receives them, and a person's hands on both.

The same hands work on Radicale and on both simulators, so that one contract holds for all three.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from booking.core.clock import FrozenClock
from booking.core.errors import ProviderError
from booking.core.ids import new_id
from booking.db import reading, writing
from booking.mail.models import MailMessage
from booking.mail.outbox import content_place
from booking.queue import outbox
from booking.tasks.models import Task
from booking.tasks.switches import Which
from booking.tasks.values import TaskView
from booking.wiring import Services

DUE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as a plain client of the provider reads it. `paint`: whatever shows its colour."""

    key: str
    title: str
    text: str
    start: datetime
    minutes: int
    paint: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Place(ABC):
    """A host, their tasks and their calendar; `calendar` is our id of it."""

    services: Services
    clock: FrozenClock
    user: int
    calendar: int = 0
    others: list[int] = field(default_factory=list)

    # Tasks

    def add(self, title: str = "Write the offer", **fields: Any) -> TaskView:
        """Make a task; due at nine on Tuesday and switched on, unless `fields` say otherwise."""
        given = {"title": title, "due_at": DUE, "sync_enabled": True, **fields}
        return self.services.tasks.service.create(self.user, given)

    def written(self, title: str = "Write the offer", **fields: Any) -> TaskView:
        """Make a task whose event stands already."""
        task = self.add(title, **fields)
        self.tick()
        return self.now(task)

    def add_many(self, number: int, due_at: datetime = DUE) -> None:
        """Make so many tasks that are switched off."""
        now, first = self.clock.now(), new_id()
        with writing() as session:
            session.add_all(
                Task(
                    id=first + n,
                    user_id=self.user,
                    title=f"Task {n}",
                    due_at=due_at,
                    created_at=now,
                    updated_at=now,
                )
                for n in range(number)
            )

    def change(self, task: TaskView, **fields: Any) -> TaskView:
        return self.services.tasks.service.change(self.user, task.id, fields)

    def now(self, task: TaskView) -> TaskView:
        return self.services.tasks.service.get(self.user, task.id)

    @property
    def open_tasks(self) -> Which:
        return Which.OPEN

    def due_jobs(self) -> int:
        """Return how many jobs wait for a worker."""
        with reading() as session:
            return len(outbox.due(session, self.clock.now()))

    def tick(self, calendar: int | None = None) -> bool:
        """Let a worker do what is due at once."""
        return self.services.tasks.writer.run(calendar or self.calendar)

    def minute(self) -> None:
        """Let a minute pass, and the tick with it."""
        self.clock.advance(minutes=1)
        self.tick()

    def troubled(self) -> ProviderError | None:
        """Let a worker run into whatever was prepared; return what it met."""
        try:
            self.tick()
        except ProviderError as error:
            return error
        return None

    def notices(self) -> int:
        """Return how many mails tell the host that tasks ended."""
        query = select(MailMessage).where(MailMessage.user_id == self.user)
        with reading() as session:
            sealed = [(row.content, content_place(row.id)) for row in session.scalars(query)]
        bodies = [self.services.cipher.open(body, where) for body, where in sealed if body]
        return sum("Tasks no longer follow a calendar" in body for body in bodies)

    # The calendar

    def only(self) -> Event:
        """Return the only event of ours."""
        (event,) = self.events()
        return event

    @abstractmethod
    def events(self) -> list[Event]:
        """Return all events."""

    @abstractmethod
    def rename(self, event: Event, title: str) -> None:
        """Give an event another title, as its owner does."""

    @abstractmethod
    def move(self, event: Event, start: datetime) -> None:
        """Move an event."""

    @abstractmethod
    def rewrite(self, event: Event, text: str) -> None:
        """Give an event another description."""

    @abstractmethod
    def remove(self, event: Event) -> None:
        """Delete an event."""

    @abstractmethod
    def add_foreign(self, title: str) -> None:
        """Put an event of the owner's into the calendar."""

    @abstractmethod
    def second_calendar(self) -> int:
        """Return another calendar of the same account; `events` reads both."""

    @abstractmethod
    def refuse_access(self) -> None:
        """Let the provider refuse our access from now on."""

    @abstractmethod
    def connect_again(self) -> int:
        """Connect, or reconnect, the account; return our id of the calendar."""

    @abstractmethod
    def lose_answer(self) -> None:
        """Let the next write be done and its answer be lost."""

    @abstractmethod
    def throttle(self, seconds: int) -> None:
        """Let the next write be refused until some seconds are over."""

    @abstractmethod
    def expire_token(self) -> None:
        """Let the access token be too old, where there is one."""

    @abstractmethod
    def said(self) -> list[str]:
        """Return the bodies of all answers that the provider gave."""

    def disconnect(self) -> None:
        """Leave the account."""
        for connection in self.services.connections.list(self.user):
            self.services.connections.disconnect(self.user, connection.id)

    def settle(self) -> None:
        """Try again until nothing fails, as the ticks of the next hour do."""
        for _ in range(6):
            self.clock.advance(minutes=11)
            if self.troubled() is None:
                return
        raise AssertionError("it never came to rest")


def minutes_between(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(minutes=1)


def sign_up(app: Flask) -> tuple[Services, int]:
    """Return the services and a host in Berlin."""
    services: Services = app.extensions["booking"]
    user = services.accounts.create_user(
        email="host@example.test",
        name="Host",
        username="planner",
        time_zone="Europe/Berlin",
        password="correct horse battery staple",
    )
    return services, user.id
