"""What must be true of an event type's fields together, and of the rows that they name.

What was there before may be sent again, whoever asks: so those who run a team can change an event
type that names another's schedule or calendar.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from booking.availability.hosts_facts import Scheduling
from booking.availability.store import owns_schedule
from booking.calendars.conferences import MAKERS, can_make
from booking.calendars.selection import destination_for
from booking.core.errors import FieldError, InvalidInput
from booking.eventtypes import store
from booking.eventtypes.values import EventTypeHost
from booking.resources import store as resources
from booking.teams import store as teams

_NO_MAKER = {
    "google_meet": "Google Meet links are made in a Google calendar that receives the bookings. "
    "Connect Google and let bookings go to one of its calendars, or use a link of your own.",
    "teams": "Teams links are made in a Microsoft calendar that receives the bookings. Connect "
    "Microsoft 365 and let bookings go to one of its calendars, or use a link of your own.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An event type as it would be after a change that `asker_id` wants.

    `changed` names the fields that were given; `before` holds what schedules, calendar and team
    are now; `known_hosts` and `known_resources` are those that it has. Where all users
    `are_colleagues`, the asker may name any of them as a host.
    """

    asker_id: int
    owner_id: int
    team_id: int | None
    scheduling: str
    seats: int | None
    hosts: tuple[EventTypeHost, ...]
    resources: tuple[int, ...]
    changed: Mapping[str, Any]
    before: Mapping[str, Any]
    known_hosts: Collection[int] = ()
    known_resources: Collection[int] = ()
    are_colleagues: bool = False

    def names(self, field: str) -> int | None:
        """Return the id that is newly given for `field`, None where there is nothing to check."""
        key: int | None = self.changed.get(field)
        return None if key == self.before.get(field) else key


def check_durations(
    duration: int, durations: Iterable[int] | None, changed: Mapping[str, Any]
) -> None:
    """Refuse a list of durations without the usual one.

    Errors: InvalidInput at the field that was `changed`.
    """
    if durations is None or duration in durations:
        return
    name = "durations_minutes" if "durations_minutes" in changed else "duration_minutes"
    raise InvalidInput.at(f"/{name}", "The list of durations must contain the usual duration.")


def check_plan(session: Session, plan: Plan) -> None:
    """Refuse what the asker may not name, and what does not fit together.

    Errors: InvalidInput; what is another's answers like what does not exist.
    """
    faults = [
        FieldError(f"/{name}", "You have no such schedule.")
        for name in ("schedule_id", "restriction_schedule_id")
        if (key := plan.names(name)) is not None and not owns_schedule(session, plan.asker_id, key)
    ]
    faults += _calendar_faults(session, plan)
    faults += _meeting_faults(session, plan)
    in_team = _team_faults(session, plan)
    faults += in_team
    if not in_team and {"hosts", "scheduling", "team_id"} & plan.changed.keys():
        faults += _host_faults(session, plan)
    faults += _resource_faults(session, plan)
    if faults:
        raise InvalidInput(tuple(faults))


def _calendar_faults(session: Session, plan: Plan) -> list[FieldError]:
    calendar_id = plan.names("destination_calendar_id")
    may_write = calendar_id is None or store.may_write(session, plan.asker_id, calendar_id)
    if may_write:
        return []
    detail = "You have no such calendar." if may_write is None else "This calendar is read-only."
    return [FieldError("/destination_calendar_id", detail)]


def _meeting_faults(session: Session, plan: Plan) -> list[FieldError]:
    """Refuse a video meeting that no calendar which receives the bookings can make."""
    location = plan.changed.get("location") or {}
    destination = plan.changed.get(
        "destination_calendar_id", plan.before.get("destination_calendar_id")
    )
    receiving = {host.user_id: destination_for(session, host.user_id) for host in plan.hosts}
    calendars = {key for key in (destination, *receiving.values()) if key is not None}
    return [
        FieldError(pointer, _NO_MAKER[kind])
        for pointer, kind in _meetings_in(location)
        if not any(can_make(session, key, kind) for key in calendars)
    ]


def _meetings_in(location: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the kinds of meetings that are made for a place, with pointers to them."""
    if location.get("type") in MAKERS:
        yield "/location/type", str(location["type"])
    for place, option in enumerate(location.get("options") or ()):
        if option["type"] in MAKERS:
            yield f"/location/options/{place}/type", str(option["type"])


def _team_faults(session: Session, plan: Plan) -> list[FieldError]:
    if plan.team_id == plan.before.get("team_id"):
        return []
    if plan.team_id is None:
        is_owner = plan.asker_id == plan.owner_id
        detail = "Only its owner can take it out of the team."
        return [] if is_owner else [FieldError("/team_id", detail)]
    if teams.is_admin(session, plan.team_id, plan.asker_id):
        return []
    return [FieldError("/team_id", "There is no such team that you run.")]


def _host_faults(session: Session, plan: Plan) -> list[FieldError]:
    """Return what is wrong with the hosts; at the field that was given, where they were not."""
    faults = _count_faults(plan) or _each_host_faults(session, plan)
    if "hosts" in plan.changed:
        return faults
    at = "/scheduling" if plan.team_id == plan.before.get("team_id") else "/team_id"
    return [FieldError(at, fault.detail) for fault in faults[:1]]


def _count_faults(plan: Plan) -> list[FieldError]:
    if plan.scheduling != Scheduling.SINGLE:
        return []
    if len(plan.hosts) != 1:
        return [FieldError("/hosts", "An event type with scheduling single has exactly one host.")]
    if plan.team_id is None and plan.hosts[0].user_id != plan.owner_id:
        detail = "The host is its owner, where scheduling is single and there is no team."
        return [FieldError("/hosts/0/user_id", detail)]
    return []


def _each_host_faults(session: Session, plan: Plan) -> list[FieldError]:
    allowed = _allowed_hosts(session, plan)
    detail = "There is no such user whom you may name as a host."
    if plan.team_id is not None:
        detail = "The team has no such member."
    faults: list[FieldError] = []
    seen: Counter[int] = Counter()
    for place, host in enumerate(plan.hosts):
        at = f"/hosts/{place}"
        seen[host.user_id] += 1
        if host.user_id not in allowed:
            faults.append(FieldError(f"{at}/user_id", detail))
        elif seen[host.user_id] > 1:
            faults.append(FieldError(f"{at}/user_id", "This user stands in the list already."))
        elif host.schedule_id is not None and not owns_schedule(
            session, host.user_id, host.schedule_id
        ):
            faults.append(FieldError(f"{at}/schedule_id", "This host has no such schedule."))
    return faults


def _allowed_hosts(session: Session, plan: Plan) -> set[int]:
    """Return those of the hosts whom the asker may name."""
    wanted = {host.user_id for host in plan.hosts}
    if plan.team_id is not None:
        staying = wanted & set(plan.known_hosts) & teams.member_ids(session, plan.team_id)
        return staying | (wanted & teams.active_member_ids(session, plan.team_id))
    own = {plan.owner_id}
    if plan.before.get("team_id") is None:
        own |= set(plan.known_hosts)
    if plan.are_colleagues or teams.is_site_admin(session, plan.owner_id):
        return own | teams.open_accounts_among(session, wanted)
    return own | teams.companions_among(session, plan.owner_id, wanted)


def _resource_faults(session: Session, plan: Plan) -> list[FieldError]:
    faults: list[FieldError] = []
    if "resources" in plan.changed:
        faults = _each_resource_faults(session, plan)
    if faults or plan.seats is None or not {"resources", "seats"} & plan.changed.keys():
        return faults
    room = resources.capacities(session, plan.resources)
    tight = [key for key in plan.resources if key in room and room[key] < plan.seats]
    return _seat_faults(plan, tight, room)


def _each_resource_faults(session: Session, plan: Plan) -> list[FieldError]:
    usable = resources.usable_among(session, plan.asker_id, plan.resources)
    usable |= set(plan.known_resources)
    faults: list[FieldError] = []
    for place, key in enumerate(plan.resources):
        at = f"/resources/{place}"
        if key not in usable:
            faults.append(FieldError(at, "There is no such resource that you may use."))
        elif key in plan.resources[:place]:
            faults.append(FieldError(at, "This resource stands in the list already."))
    return faults


def _seat_faults(plan: Plan, tight: Sequence[int], room: Mapping[int, int]) -> list[FieldError]:
    if tight and "seats" in plan.changed:
        least = min(room[key] for key in tight)
        return [FieldError("/seats", f"Only {least} people fit into a resource that it needs.")]
    return [
        FieldError(
            f"/resources/{plan.resources.index(key)}",
            f"Only {room[key]} people fit in, and {plan.seats} seats are offered.",
        )
        for key in tight
    ]
