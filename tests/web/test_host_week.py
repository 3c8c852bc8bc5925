"""The weekly rows of a schedule's form, and the picture of a week."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from booking.availability.hours import OFFICE_WEEK, Override
from booking.core.zones import wall_to_instant
from booking.web.host import weekly
from booking.web.host.forms import SentForm
from booking.web.host.week_picture import Hours, draw, monday_of

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 11, 23)
WEEK = [
    {"days": ["mon", "tue", "wed"], "start": "09:00", "end": "12:00"},
    {"days": ["mon"], "start": "13:00", "end": "24:00"},
]


def form(**fields: str) -> SentForm:
    return SentForm({name.replace("_", "-"): [value] for name, value in fields.items()})


def busy(day: date, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return busy hours of a day in Berlin as instants."""
    first = wall_to_instant(day, start * 60, BERLIN)
    return ((first, wall_to_instant(day, end * 60, BERLIN)),)


def test_rules_survive_the_way_through_the_form() -> None:
    rules, _ = weekly.wire_of(weekly.rows_of(WEEK))

    assert sorted(rules, key=lambda rule: rule["start"]) == WEEK


def test_each_rule_remembers_the_field_it_came_from() -> None:
    typed = weekly.rows_from(form(tue_0_start="09:00", tue_0_end="", fri_0_start="10:00"))

    rules, places = weekly.wire_of(typed)

    assert [rule["days"] for rule in rules] == [["tue"], ["fri"]]
    assert places == ["tue-0", "fri-0"]


def test_empty_rows_are_left_out() -> None:
    typed = weekly.rows_from(form(mon_0_start="", mon_0_end=""))

    assert weekly.wire_of(typed) == ([], [])


def test_a_day_is_copied_to_others() -> None:
    rows = weekly.copied(weekly.rows_of(WEEK), "mon", ["sat", "sun", "nonsense"])

    by_day = {row.day: row.intervals for row in rows}
    assert by_day["sat"] == by_day["sun"] == by_day["mon"]
    assert len(by_day["tue"]) == 1


def test_an_interval_is_added_and_removed() -> None:
    more = weekly.added(weekly.rows_of(WEEK), "tue")
    less = weekly.removed(more, "mon", 0)

    assert len(more[1].intervals) == 2
    assert [each.start for each in less[0].intervals] == ["13:00"]


def test_a_summary_gathers_days_in_a_row() -> None:
    week = [
        {"days": ["mon", "tue", "wed", "fri"], "start": "09:00", "end": "17:00"},
        {"days": ["sat", "sun"], "start": "10:00", "end": "12:00"},
    ]

    told = weekly.summary(week).replace("\N{EN DASH}", "-")

    assert told == "Mon-Wed, Fri 09:00-17:00; Sat, Sun 10:00-12:00"


def test_the_picture_shows_the_hours_around_what_is_open() -> None:
    picture = draw(MONDAY, Hours(zone=BERLIN, weekly=OFFICE_WEEK, overrides={}), ())

    assert [label for label, _ in picture.hours][:2] == ["07:00", "08:00"]
    assert [box.kind for box in picture.boxes] == ["open"] * 5


def test_a_changed_date_and_a_date_away_are_told() -> None:
    thursday, friday = MONDAY + timedelta(days=3), MONDAY + timedelta(days=4)
    overrides = {thursday: Override(date=thursday, intervals=((720, 900),))}
    hours = Hours(zone=BERLIN, weekly=OFFICE_WEEK, overrides=overrides, away=[(friday, friday)])

    picture = draw(MONDAY, hours, ())

    assert [day.note for day in picture.days] == ["", "", "", "changed", "away", "", ""]
    assert "away, no bookings" in picture.sentences[4]
    assert [box.kind for box in picture.boxes].count("override") == 1


def test_busy_times_are_cut_at_midnight() -> None:
    late = busy(MONDAY, 23, 24)[0][0], busy(MONDAY + timedelta(days=1), 0, 2)[0][1]

    picture = draw(MONDAY, Hours(zone=BERLIN, weekly=OFFICE_WEEK, overrides={}), (late,))

    assert picture.days[0].busy == ((1380, 1440),)
    assert picture.days[1].busy == ((0, 120),)


def test_on_the_night_of_the_change_minutes_are_those_on_the_wall() -> None:
    sunday = date(2027, 3, 28)
    picture = draw(
        monday_of(sunday),
        Hours(zone=BERLIN, weekly=OFFICE_WEEK, overrides={}),
        busy(sunday, 1, 4),
    )

    assert picture.days[6].busy == ((60, 240),)
