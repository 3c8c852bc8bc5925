"""Video meetings that are made with a booking's event, at Google and at Microsoft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from booking.bookings.models import BookingEvent
from booking.bookings.values import BookingView, Guest
from booking.core.clock import FrozenClock
from booking.core.errors import InvalidInput, Unreachable
from booking.db import reading
from booking.jobs.build import build_runner
from booking.mail.models import MailMessage
from booking.queue.models import Job
from booking.settings import Settings
from tests.bookings.desk import Desk
from tests.calendars.push_site import HOST, google_account, microsoft_account
from tests.providersim.faults import Act
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, sim: ProviderSim, graph: GraphSim) -> Settings:
    """Settings whose clouds are the simulators."""
    return replace(sqlite_settings, **sim.google_settings, **graph.microsoft_settings)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One of the clouds, with a calendar of the host that receives bookings."""

    kind: str
    calendar: int
    late: Callable[[], None]
    make: Callable[[], None]
    rows: Callable[[], list[dict[str, Any]]]
    fail: Callable[[Act], object]


def _destination(desk: Desk, sign_in: Any) -> int:
    connection = desk.services.connections.connect(desk.host_id, sign_in)
    (found,) = desk.services.connections.calendars(desk.host_id, connection.id)
    desk.services.selection.set_destination(desk.host_id, found.id)
    return found.id


@pytest.fixture(params=["google_meet", "teams"])
def cloud(request: pytest.FixtureRequest, desk: Desk, sim: ProviderSim, graph: GraphSim) -> Cloud:
    """Each of the two clouds in turn."""
    if request.param == "google_meet":
        return Cloud(
            kind="google_meet",
            calendar=_destination(desk, google_account(sim)),
            late=lambda: sim.google.make_links_late(HOST),
            make=lambda: sim.google.make_links_now(HOST),
            rows=lambda: sim.google.rows(HOST),
            fail=lambda act: sim.google.fail_next("events.insert", act),
        )
    calendar = _destination(desk, microsoft_account(graph))
    (remote,) = graph.calendars.calendars_of(HOST)
    found = graph.calendars.find(HOST, remote)

    def make() -> None:
        found.makes_links_late = False
        for key in list(found.rows):
            graph.edit_event(HOST, remote, key)

    def late() -> None:
        found.makes_links_late = True

    return Cloud(
        kind="teams",
        calendar=calendar,
        late=late,
        make=make,
        rows=lambda: graph.rows(HOST, remote),
        fail=lambda act: graph.fail_next("events.create", act),
    )


@pytest.fixture
def event_type(desk: Desk, cloud: Cloud) -> int:
    """An event type whose guests meet by video."""
    return desk.offer(location={"type": cloud.kind})


def work(desk: Desk, calendar: int) -> None:
    desk.services.booking_writer.write(calendar)
    desk.services.meeting_links.fetch(calendar)


def told(booking: BookingView) -> list[tuple[str, bool]]:
    """Return what the history says, and whether it was told."""
    with reading() as session:
        rows = session.scalars(select(BookingEvent).order_by(BookingEvent.revision))
        return [(row.kind, row.told_at is not None) for row in rows if booking.uid]


def telling() -> list[Job]:
    with reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == "bookings.tell")))


def test_the_link_is_made_with_the_event_and_stored_at_the_booking(
    desk: Desk, cloud: Cloud, event_type: int
) -> None:
    booking = desk.book(event_type, "10:00")
    assert booking.meeting_url is None

    work(desk, cloud.calendar)

    link = desk.now(booking).meeting_url
    assert link is not None
    assert link in str(cloud.rows())
    assert len(cloud.rows()) == 1


def test_guests_are_told_with_the_link(
    desk: Desk, cloud: Cloud, event_type: int, clock: FrozenClock
) -> None:
    booking = desk.book(event_type, "10:00")
    (job,) = telling()
    assert 0 < (job.due_at - clock.now()).total_seconds() <= 20

    work(desk, cloud.calendar)

    (job,) = telling()
    assert job.due_at == clock.now()
    desk.services.telling.teller.tell(job.payload["event_id"])
    assert told(booking) == [("created", True)]


def test_a_late_link_is_waited_for_and_then_told(
    desk: Desk, cloud: Cloud, event_type: int, clock: FrozenClock
) -> None:
    cloud.late()
    booking = desk.book(event_type, "10:00")
    with pytest.raises(Unreachable):
        work(desk, cloud.calendar)
    assert desk.now(booking).meeting_url is None
    clock.advance(seconds=21)
    (job,) = telling()
    desk.services.telling.teller.tell(job.payload["event_id"])

    cloud.make()
    desk.services.meeting_links.fetch(cloud.calendar)

    assert desk.now(booking).meeting_url is not None
    assert told(booking) == [("created", True), ("linked", False)]
    assert desk.now(booking).calendar_state == "written"


@pytest.mark.parametrize("act", [Act.DROP_AFTER_WRITE, Act.APPLY_THEN_STATUS])
def test_a_lost_answer_loses_no_link_and_makes_no_second_one(
    desk: Desk, cloud: Cloud, event_type: int, act: Act
) -> None:
    booking = desk.book(event_type, "10:00")
    cloud.fail(act)
    with pytest.raises(Unreachable):
        desk.services.booking_writer.write(cloud.calendar)

    work(desk, cloud.calendar)

    assert desk.now(booking).meeting_url is not None
    assert len(cloud.rows()) == 1


def test_moving_keeps_the_link(desk: Desk, cloud: Cloud, event_type: int) -> None:
    booking = desk.book(event_type, "10:00")
    work(desk, cloud.calendar)
    before = desk.now(booking).meeting_url

    desk.move(booking, "14:00")
    work(desk, cloud.calendar)

    assert before is not None
    assert desk.now(booking).meeting_url == before
    assert before in str(cloud.rows())


def test_another_text_leaves_the_invitation_in_place(
    desk: Desk, cloud: Cloud, event_type: int
) -> None:
    booking = desk.book(event_type, "10:00")
    work(desk, cloud.calendar)
    link = str(desk.now(booking).meeting_url)
    again = desk.offer(location={"type": cloud.kind}, title="Other")
    other = desk.book(again, "12:00", guest=Guest(name="Other", email="other@example.test"))

    work(desk, cloud.calendar)
    work(desk, cloud.calendar)

    assert link in str(cloud.rows())
    assert desk.now(other).meeting_url not in {None, link}


def test_guests_of_one_slot_meet_in_one_room(desk: Desk, cloud: Cloud) -> None:
    event_type = desk.offer(location={"type": cloud.kind}, seats=3)
    first = desk.book(event_type, "10:00")
    second = desk.book(event_type, "10:00", guest=Guest(name="B", email="b@example.test"))

    work(desk, cloud.calendar)

    links = {desk.now(each).meeting_url for each in (first, second)}
    assert len(links) == 1
    assert None not in links


def test_nothing_is_asked_again_once_the_link_is_there(
    desk: Desk, cloud: Cloud, event_type: int, sim: ProviderSim, graph: GraphSim
) -> None:
    desk.book(event_type, "10:00")
    work(desk, cloud.calendar)
    calls = len(sim.calls) + len(graph.calls)

    desk.services.meeting_links.fetch(cloud.calendar)

    assert len(sim.calls) + len(graph.calls) == calls


def test_where_no_link_comes_the_booking_says_so(desk: Desk, cloud: Cloud, event_type: int) -> None:
    cloud.late()
    booking = desk.book(event_type, "10:00")
    with pytest.raises(Unreachable):
        work(desk, cloud.calendar)

    desk.services.meeting_links.give_up(cloud.calendar)

    assert "link" in str(desk.now(booking).meeting_error)


def test_an_event_type_without_a_calendar_that_can_is_refused(desk: Desk, sim: ProviderSim) -> None:
    desk.put_calendar(receives=True)
    with pytest.raises(InvalidInput) as caught:
        desk.offer(location={"type": "google_meet"})
    (fault,) = caught.value.fields
    assert fault.pointer == "/location/type"
    assert "Google calendar" in fault.detail

    _destination(desk, google_account(sim))
    made = desk.offer(location={"type": "google_meet"})
    with pytest.raises(InvalidInput):
        desk.services.event_types.change(desk.host_id, made, {"location": {"type": "teams"}})


def test_a_choice_with_a_kind_that_cannot_be_made_is_refused(desk: Desk, sim: ProviderSim) -> None:
    _destination(desk, google_account(sim))
    options = [{"type": "google_meet"}, {"type": "teams"}]

    with pytest.raises(InvalidInput) as caught:
        desk.offer(location={"type": "guest_choice", "options": options})

    assert [fault.pointer for fault in caught.value.fields] == ["/location/options/1/type"]


def test_a_destination_that_changed_since_is_told_at_the_booking(
    desk: Desk, sim: ProviderSim
) -> None:
    _destination(desk, google_account(sim))
    event_type = desk.offer(location={"type": "google_meet"})
    desk.put_calendar(receives=True)

    booking = desk.book(event_type, "10:00")

    assert "Google Meet" in str(booking.meeting_error)
    (job,) = telling()
    assert job.due_at == job.created_at


def test_the_worker_does_all_of_it(desk: Desk, cloud: Cloud, event_type: int, app: Any) -> None:
    booking = desk.book(event_type, "10:00")

    list(build_runner(app).drain())
    desk.clock.advance(seconds=30)
    list(build_runner(app).drain())

    assert desk.now(booking).meeting_url is not None
    assert told(booking) == [("created", True)]
    with reading() as session:
        assert len(session.scalars(select(MailMessage)).all()) >= 1
