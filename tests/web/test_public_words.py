"""Words and grids of the guest's pages, without a request: zones, clocks, months, states."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from booking.bookings.values import (
    FreshnessView,
    OfferedSlot,
    SlotAnswer,
    SlotQuery,
)
from booking.core.instants import Instant, to_instant
from booking.eventtypes.values import EventTypeView, Owner
from booking.web.public import wording
from booking.web.public.month import bounds, choices_of, day_view, month_view, parse_date
from booking.web.public.picker import Picker, State, Wish, ask
from booking.web.public.places import booked_place
from booking.web.public.viewer import Viewer, read_viewer
from booking.web.public.zone_choices import zone_choices

NOW = to_instant(datetime(2026, 11, 23, 7, 0, tzinfo=UTC))
BERLIN = ZoneInfo("Europe/Berlin")


def viewer(zone: str = "Europe/Berlin", languages: str = "de-DE", **given: str) -> Viewer:
    return read_viewer(given, languages, default_zone=zone, locked_zone=None)


def slot(text: str, minutes: int = 30, seats_left: int | None = None) -> OfferedSlot:
    start = to_instant(datetime.fromisoformat(text))
    return OfferedSlot(start=start, end=Instant(start + minutes * 60), seats_left=seats_left)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Berlin", "Berlin (UTC+1)"),
        ("Asia/Kolkata", "Kolkata (UTC+5:30)"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires (UTC\N{MINUS SIGN}3)"),
        ("America/St_Johns", "St Johns (UTC\N{MINUS SIGN}3:30)"),
        ("Atlantic/Reykjavik", "Reykjavik (UTC)"),
        ("Pacific/Apia", "Apia (UTC+13)"),
    ],
)
def test_zones_carry_their_offset(zone: str, words: str) -> None:
    assert wording.zone_with_offset(ZoneInfo(zone), NOW) == words


@pytest.mark.parametrize(
    ("hour", "hours", "words"),
    [(0, "12", "12:05 AM"), (12, "12", "12:05 PM"), (13, "12", "1:05 PM"), (0, "24", "00:05")],
)
def test_clocks_of_twelve_and_twenty_four_hours(hour: int, hours: str, words: str) -> None:
    assert wording.time_of_day(datetime(2026, 7, 7, hour, 5, tzinfo=BERLIN), hours) == words


@pytest.mark.parametrize(
    ("minutes", "words"), [(15, "15 min"), (60, "1 hour"), (120, "2 hours"), (90, "1 h 30 min")]
)
def test_lengths(minutes: int, words: str) -> None:
    assert wording.length(minutes) == words


def test_a_span_over_the_repeated_hour_has_letters_on_both_ends() -> None:
    start = to_instant(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))

    words = wording.span_of(start, start + 3600, BERLIN, "24")

    assert words == "02:30 CEST \N{EN DASH} 02:30 CET"


def test_a_zone_without_letters_shows_its_offset() -> None:
    moment = datetime(2026, 7, 7, tzinfo=ZoneInfo("America/Sao_Paulo"))

    assert wording.abbreviation(moment) == "UTC\N{MINUS SIGN}3"


def test_a_month_is_bounded_by_local_midnights() -> None:
    start, end = bounds(date(2026, 3, 1), BERLIN)

    assert (end - start) == 31 * 86_400 - 3600


def test_days_are_the_guests_own() -> None:
    late = slot("2026-11-30T23:30:00+00:00")

    month = month_view(
        [late],
        date(2026, 12, 1),
        viewer(),
        today=date(2026, 11, 23),
        last=date(2027, 1, 1),
        selected=None,
    )

    assert [cell.on for week in month.weeks for cell in week if cell and cell.count] == [
        date(2026, 12, 1)
    ]


def test_times_are_grouped_by_the_part_of_the_day() -> None:
    day = day_view(
        [slot(f"2026-11-24T{hour}:00:00+01:00") for hour in ("09", "12", "16", "17")],
        date(2026, 11, 24),
        viewer(),
    )

    assert [(part.name, len(part.times)) for part in day.parts] == [
        ("Morning", 1),
        ("Afternoon", 2),
        ("Evening", 1),
    ]


def test_seats_left_go_along() -> None:
    seated = slot("2026-11-24T09:00:00+01:00", seats_left=1)

    choice = choices_of([seated], viewer())[0]

    assert choice.seats == "1 seat left"
    assert choice.spoken == "09:00, 30 minutes, 1 seat left"


@pytest.mark.parametrize("text", ["", "2026-2-3", "2026-02-30", "2026-02-03T00", "1999-01-01"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_links_keep_what_was_chosen_and_drop_what_is_not_ours() -> None:
    seen = viewer(tz="Asia/Tokyo", hours="24", utm="x", embed="1")

    assert seen.query(month="2026-12") == "?tz=Asia%2FTokyo&hours=24&embed=1&month=2026-12"


def test_every_zone_on_the_list_has_a_city_and_a_time() -> None:
    listed = [zone for country in zone_choices(NOW, "24") for zone in country.zones]

    assert len(listed) > 400
    assert all(zone.city and zone.now and zone.offset.startswith("UTC") for zone in listed)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example"])
def test_only_web_addresses_become_links(url: str) -> None:
    place = booked_place({"type": "link", "url": url}, url)

    assert place is not None
    assert place.href == ""


class _Answers:
    """Slots of one fixed answer."""

    def __init__(self, answer: SlotAnswer, following: OfferedSlot | None = None) -> None:
        self._answer = answer
        self._following = following

    def find(self, _query: SlotQuery, /) -> SlotAnswer:
        return self._answer

    def next_available(
        self, _event_type_id: int, _after: Instant, _time_zone: str, _duration: int | None, /
    ) -> OfferedSlot | None:
        return self._following


def _answer(state: str = "fresh", **fields: object) -> SlotAnswer:
    as_of = datetime(2026, 11, 23, 8, 40, tzinfo=UTC)
    given = {"slots": (slot("2026-11-24T09:00:00+01:00"),), **fields}
    return SlotAnswer(
        time_zone="Europe/Berlin",
        freshness=FreshnessView(state=state, as_of=as_of),
        **given,  # type: ignore[arg-type]
    )


def _event() -> EventTypeView:
    values: dict[str, object] = dict.fromkeys(EventTypeView.__dataclass_fields__)
    values |= {"id": 1, "window": {}, "duration_minutes": 30, "requires_confirmation": False}
    values["owner"] = Owner(
        user_id=1, username="teacher", name="Teacher", time_zone="Europe/Berlin"
    )
    return EventTypeView(**values)  # type: ignore[arg-type]


def _ask(answer: SlotAnswer, following: OfferedSlot | None = None) -> Picker:
    wish = Wish(month=None, day=None)
    return ask(_Answers(answer, following), _event(), viewer(), wish, NOW)


def test_stale_calendars_that_are_offered_tell_when_they_were_read() -> None:
    picker = _ask(_answer("stale"))

    assert picker.checked_at == "09:40"
    assert not picker.needs_confirmation


def test_stale_calendars_may_turn_bookings_into_requests() -> None:
    answer = _answer("stale", needs_confirmation=True)

    picker = _ask(answer)

    assert picker.needs_confirmation


def test_times_hidden_for_staleness_are_not_called_none() -> None:
    answer = _answer("unknown", slots=(), hidden_as_stale=True)

    picker = _ask(answer)

    assert picker.state is State.HIDDEN


def test_fresh_calendars_say_nothing_about_it() -> None:
    picker = _ask(_answer())

    assert picker.checked_at is None
    assert picker.state is State.TIMES
