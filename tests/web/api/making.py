"""What the tests of the API make through the API itself, and calendars put in place directly."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from booking.calendars.models import Calendar, Connection
from booking.core.ids import encode_id
from booking.db import writing
from tests.conftest import MONDAY, HostAccount

API = "/api/v1"
GUEST = {"name": "Second Guest", "email": "guest@example.test"}
NINE = "2026-11-24T09:00:00Z"
TEN = "2026-11-24T10:00:00Z"


def made(answer: TestResponse, status: int = 201) -> dict[str, Any]:
    """Return the body of an answer that must have succeeded."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    body: dict[str, Any] = answer.get_json()
    return body


def pointers(answer: TestResponse) -> list[str]:
    """Return where a refused request is faulty."""
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert body["code"] == "validation"
    return [fault["pointer"] for fault in body["errors"]]


def make_schedule(host: HostAccount, **fields: Any) -> dict[str, Any]:
    """A schedule: every day nine to five in UTC unless said otherwise."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    weekly = [{"days": days, "start": "09:00", "end": "17:00"}]
    body = {"name": "Work", "time_zone": "UTC", "weekly": weekly, **fields}
    return made(host.call("POST", f"{API}/schedules", json=body))


def make_event_type(host: HostAccount, **fields: Any) -> dict[str, Any]:
    """An event type of an hour on a schedule of its own in UTC, without notice."""
    schedule = fields.pop("schedule_id", None) or make_schedule(host)["id"]
    body = {
        "title": "Talk",
        "duration_minutes": 60,
        "minimum_notice_minutes": 0,
        "schedule_id": schedule,
        **fields,
    }
    return made(host.call("POST", f"{API}/event-types", json=body))


def slots_of(
    client: FlaskClient, event_type: dict[str, Any], day: str = "2026-11-24", **query: str
) -> dict[str, list[dict[str, str]]]:
    """The slots of one date in UTC, by date."""
    following = f"{day[:8]}{int(day[8:]) + 1:02}"
    asked = {"event_type_id": event_type["id"], "start": day, "end": following, **query}
    body = made(client.get(f"{API}/slots", query_string=asked), 200)
    found: dict[str, list[dict[str, str]]] = body["slots"]
    return found


def book(client: FlaskClient, event_type: dict[str, Any], **fields: Any) -> TestResponse:
    """A booking on Tuesday at nine by one guest, unless said otherwise."""
    headers = fields.pop("headers", {})
    body = {
        "event_type_id": event_type["id"],
        "start": NINE,
        "time_zone": "UTC",
        "guest": GUEST,
        **fields,
    }
    return client.post(f"{API}/bookings", json=body, headers=headers)


def token_of(booking: dict[str, Any]) -> dict[str, str]:
    """The header that proves a booking's guest."""
    return {"X-Manage-Token": booking["manage_url"].split("token=")[1]}


def make_resource(host: HostAccount, **fields: Any) -> dict[str, Any]:
    """A room of the host's own unless said otherwise."""
    return made(host.call("POST", f"{API}/resources", json={"name": "Blue room", **fields}))


def make_team(owner: HostAccount, *members: HostAccount, **fields: Any) -> dict[str, Any]:
    """A team of plain members with its owner."""
    team = made(owner.call("POST", f"{API}/teams", json={"name": "Sales", **fields}))
    for member in members:
        join(owner, team, member)
    return team


def join(
    asker: HostAccount, team: dict[str, Any], member: HostAccount, role: str = "member"
) -> dict[str, Any]:
    """Let a host join a team."""
    body = {"username": member.username, "role": role}
    return made(asker.call("POST", f"{API}/teams/{team['id']}/members", json=body))


def put_calendar(host: HostAccount, *, read_only: bool = False) -> str:
    """Store a connection with one calendar and return the calendar's id."""
    with writing() as session:
        connection = Connection(
            user_id=host.id, provider="caldav", url="https://dav.example.test/", created_at=MONDAY
        )
        session.add(connection)
        session.flush()
        calendar = Calendar(
            connection_id=connection.id,
            remote_key=f"/calendars/{connection.id}/",
            name="Private",
            read_only=read_only,
            created_at=MONDAY,
        )
        session.add(calendar)
        session.flush()
        return encode_id(calendar.id)
