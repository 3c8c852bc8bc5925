"""The teams pages: who offers time together, who may do what, who got which share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.availability.rules import PERIODS
from booking.core.errors import BookingError, NotFound
from booking.teams.values import MemberView, Role, TeamView
from booking.web import current
from booking.web.host import team_words
from booking.web.host.forms import SentForm, faults, sent
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_teams", __name__, url_prefix="/teams")
Errors = Mapping[str, str]
_NOTHING = SentForm({})


@pages.get("")
@host_only
def overview() -> str:
    """Show the host's teams."""
    return _overview({}, "")


@pages.post("")
@host_only
def create() -> Response | tuple[str, int]:
    """Make a team, whose owner the host becomes."""
    name = sent().text("name")
    try:
        made = current.services().teams.create(current.user_id(), {"name": name})
    except BookingError as error:
        return _overview(faults(error), name), status_of(error)
    flash(f"Made the team “{made.name}”. Add its members below.", "good")
    return redirect(url_for(".show", team=made.id), 303)


@pages.get("/<id:team>")
@host_only
def show(team: int) -> str:
    """Show one team."""
    return _page(_team(team), {}, _NOTHING)


@pages.post("/<id:team>")
@host_only
def save(team: int) -> Response | tuple[str, int]:
    """Store the team's name, address and limits."""
    form, view = sent(), _team(team)
    fields = {"name": form.text("name"), "slug": form.text("slug"), "limits": _limits(form)}
    try:
        changed = current.services().teams.change(current.user_id(), team, fields)
    except NotFound:
        raise
    except BookingError as error:
        return _page(view, faults(error), form), status_of(error)
    flash(f"Saved “{changed.name}”.", "good")
    return redirect(url_for(".show", team=team), 303)


@pages.post("/<id:team>/members")
@host_only
def add_member(team: int) -> Response | tuple[str, int]:
    """Let a user join, named by user name or address."""
    form, view = sent(), _team(team)
    who = form.text("who").strip()
    named = {"email" if "@" in who else "username": who}
    fields = {**named, "role": form.text("role") or str(Role.MEMBER)}
    try:
        member = current.services().teams.add_member(current.user_id(), team, fields)
    except NotFound:
        raise
    except BookingError as error:
        told = {("who" if name in named else name): text for name, text in faults(error).items()}
        return _page(view, told, form), status_of(error)
    flash(f"{member.name} is in the team now.", "good")
    return redirect(url_for(".show", team=team), 303)


@pages.post("/<id:team>/members/<id:member>")
@host_only
def set_role(team: int, member: int) -> Response | tuple[str, int]:
    """Give a member another role."""
    view = _team(team)
    fields = {"role": sent().text("role")}
    try:
        changed = current.services().teams.set_role(current.user_id(), team, member, fields)
    except NotFound:
        raise
    except BookingError as error:
        return _page(view, {"": _first(faults(error))}, _NOTHING), status_of(error)
    flash(f"{changed.name} is {changed.role} now.", "good")
    return redirect(url_for(".show", team=team), 303)


@pages.get("/<id:team>/members/<id:member>/remove")
@host_only
def ask_remove(team: int, member: int) -> str:
    """Say what a member's leaving changes and ask once more."""
    return _leaving(_team(team), _member(team, member), {})


@pages.post("/<id:team>/members/<id:member>/remove")
@host_only
def remove(team: int, member: int) -> Response | tuple[str, int]:
    """Take a member out, or leave."""
    view, person = _team(team), _member(team, member)
    try:
        current.services().teams.remove_member(current.user_id(), team, member)
    except NotFound:
        raise
    except BookingError as error:
        return _leaving(view, person, faults(error)), status_of(error)
    if member == current.user_id():
        flash(f"You left “{view.name}”.", "good")
        return redirect(url_for(".overview"), 303)
    flash(f"{person.name} is no longer in the team.", "good")
    return redirect(url_for(".show", team=team), 303)


@pages.get("/<id:team>/delete")
@host_only
def ask_delete(team: int) -> str:
    """Say what deleting changes and ask once more."""
    return _deleting(_team(team), {})


@pages.post("/<id:team>/delete")
@host_only
def delete(team: int) -> Response | tuple[str, int]:
    """Delete a team with its event types; bookings stand."""
    view = _team(team)
    try:
        current.services().teams.delete(current.user_id(), team)
    except NotFound:
        raise
    except BookingError as error:
        return _deleting(view, faults(error)), status_of(error)
    flash(f"Deleted “{view.name}”. Bookings made with it stand.", "good")
    return redirect(url_for(".overview"), 303)


def _overview(errors: Errors, name: str) -> str:
    services, user_id = current.services(), current.user_id()
    return render_template(
        "host/teams.html",
        teams=[
            (team, len(services.teams.members(user_id, team.id)), _link(team))
            for team in services.teams.list(user_id)
        ],
        errors=errors,
        name=name,
    )


def _page(view: TeamView, errors: Errors, form: SentForm) -> str:
    services, user_id = current.services(), current.user_id()
    standing = services.team_shares.of(user_id, view.id)
    offered = services.event_types.list(user_id)
    return render_template(
        "host/team.html",
        team=view,
        link=_link(view),
        typed=form,
        limits=_limits_shown(view, form),
        members=team_words.member_rows(services.teams.members(user_id, view.id), standing, user_id),
        picks=team_words.pick_rows(standing.picks, current.host().time_zone),
        event_types=[each for each in offered if each.team_id == view.id],
        roles=team_words.ROLES[: 3 if view.role is Role.OWNER else 2],
        is_owner=view.role is Role.OWNER,
        errors=errors,
    )


def _leaving(view: TeamView, person: MemberView, errors: Errors) -> str:
    return render_template(
        "host/team_leave.html",
        team=view,
        person=person,
        is_self=person.user_id == current.user_id(),
        errors=errors,
    )


def _deleting(view: TeamView, errors: Errors) -> str:
    offered = current.services().event_types.list(current.user_id())
    titles = [each.title for each in offered if each.team_id == view.id]
    return render_template("host/team_delete.html", team=view, titles=titles, errors=errors)


def _limits(form: SentForm) -> dict[str, Any]:
    return {
        kind: {
            period: number
            for period in PERIODS
            if (number := form.whole(f"limits_{kind}_{period}")) is not None
        }
        for kind in ("bookings", "minutes")
    }


def _limits_shown(view: TeamView, form: SentForm) -> Mapping[str, Any]:
    return _limits(form) if form.is_set("slug") else view.limits


def _team(team: int) -> TeamView:
    return current.services().teams.get(current.user_id(), team)


def _member(team: int, member: int) -> MemberView:
    return current.services().teams.member(current.user_id(), team, member)


def _link(team: TeamView) -> str:
    return current.external(f"/team/{team.slug}")


def _first(told: Errors) -> str:
    return next(iter(told.values()))
