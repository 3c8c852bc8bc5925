"""Expanding series: clock changes, bounds, extra dates and exceptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from booking.core.event import Answer, CalendarEvent, ExtraDate, Recurrence, Timed
from booking.core.recurrence import occurrences
from booking.core.zones import zone
from tests.core.series import (
    BERLIN,
    all_day,
    cancelled,
    local,
    moved,
    series,
    timed,
    wall,
    window,
    with_exceptions,
)


def test_nine_in_berlin_stays_nine_over_the_spring_night_of_2026_03_29() -> None:
    event = series(timed("2026-03-28T09:00"), "FREQ=DAILY")

    found = occurrences(event, window("2026-03-28T00:00", "2026-03-30T00:00"), BERLIN)

    assert [one.start % 86_400 // 3_600 for one in found] == [8, 7]


def test_a_skipped_wall_time_moves_forward_by_the_gap() -> None:
    event = series(timed("2026-03-28T02:30"), "FREQ=DAILY")

    assert local(event, "2026-03-28T00:00", "2026-03-31T00:00") == [
        "2026-03-28 02:30-03:30",
        "2026-03-29 03:30-04:30",
        "2026-03-30 02:30-03:30",
    ]


def test_an_instance_of_which_a_clock_change_would_leave_nothing_keeps_its_length() -> None:
    event = series(timed("2026-03-28T02:30", minutes=30), "FREQ=DAILY")

    assert local(event, "2026-03-29T00:00", "2026-03-30T00:00") == ["2026-03-29 03:30-04:00"]


def test_a_repeated_wall_time_means_the_first_on_2026_10_25() -> None:
    event = series(timed("2026-10-24T02:30", minutes=0), "FREQ=DAILY")

    found = occurrences(event, window("2026-10-25T00:00", "2026-10-26T00:00"), BERLIN)

    assert [one.start for one in found] == [
        window("2026-10-25T00:00", "2026-10-26T00:00")[0] + 9000
    ]


def test_a_night_shift_ends_at_its_wall_time_on_both_nights() -> None:
    event = series(timed("2026-03-27T22:00", minutes=480), "FREQ=DAILY")
    hours = {
        (one.end - one.start) // 3_600
        for one in occurrences(event, window("2026-03-28T12:00", "2026-03-29T12:00"), BERLIN)
    }

    assert hours == {7}


def test_a_sao_paulo_midnight_that_was_skipped_begins_an_hour_later() -> None:
    paulo = zone("America/Sao_Paulo")
    event = series(all_day("2018-11-03"), "FREQ=DAILY;COUNT=2")

    assert local(event, "2018-11-04T12:00", "2018-11-05T12:00", paulo) == ["2018-11-04 01:00-00:00"]


def test_apia_skips_the_whole_of_2011_12_30() -> None:
    apia = zone("Pacific/Apia")
    event = series(timed("2011-12-29T09:00", zone="Pacific/Apia"), "FREQ=DAILY;COUNT=3")

    assert local(event, "2011-12-29T00:00", "2012-01-02T00:00", apia) == [
        "2011-12-29 09:00-10:00",
        "2011-12-31 09:00-10:00",
    ]


def test_kolkata_keeps_its_half_hour() -> None:
    event = series(timed("2026-01-05T09:00", zone="Asia/Kolkata"), "FREQ=WEEKLY")

    found = occurrences(event, window("2026-01-12T00:00", "2026-01-13T00:00"), BERLIN)

    assert [one.start % 86_400 for one in found] == [3 * 3_600 + 1_800]


def test_a_floating_series_stands_in_the_calendar_s_zone() -> None:
    event = series(timed("2026-01-05T09:00", zone=None), "FREQ=DAILY;COUNT=1")

    assert local(event, "2026-01-05T00:00", "2026-01-06T00:00") == ["2026-01-05 09:00-10:00"]


def test_count_is_counted_from_the_start_and_exceptions_do_not_lengthen_it() -> None:
    master = series(timed("2026-01-05T09:00"), "FREQ=DAILY;COUNT=3")
    event = with_exceptions(master, cancelled("2026-01-06T09:00"))

    assert local(event, "2026-01-06T12:00", "2026-02-01T00:00") == ["2026-01-07 09:00-10:00"]


def test_until_in_utc_includes_the_instance_at_that_very_time() -> None:
    event = series(timed("2026-01-05T09:00"), "FREQ=DAILY;UNTIL=20260106T080000Z")

    assert len(local(event, "2026-01-01T00:00", "2026-02-01T00:00")) == 2


def test_until_as_a_date_includes_that_local_date() -> None:
    event = series(timed("2026-01-05T23:00"), "FREQ=DAILY;UNTIL=20260106")

    assert len(local(event, "2026-01-01T00:00", "2026-02-01T00:00")) == 2


def test_a_series_that_ended_before_it_began_has_no_instance() -> None:
    event = series(timed("2026-01-05T09:00"), "FREQ=DAILY;UNTIL=20260101T000000Z")

    assert local(event, "2026-01-01T00:00", "2026-02-01T00:00") == []


def test_a_leap_day_comes_every_fourth_year() -> None:
    event = series(all_day("2024-02-29"), "FREQ=YEARLY")

    found = local(event, "2024-01-01T00:00", "2033-01-01T00:00")

    assert [day[:10] for day in found] == ["2024-02-29", "2028-02-29", "2032-02-29"]


def test_a_start_that_its_rule_does_not_match_is_an_instance_all_the_same() -> None:
    event = series(timed("2026-01-06T09:00"), "FREQ=WEEKLY;BYDAY=MO")

    found = local(event, "2026-01-01T00:00", "2026-01-13T00:00")

    assert found == ["2026-01-06 09:00-10:00", "2026-01-12 09:00-10:00"]


def test_an_extra_date_may_last_as_long_as_its_own_period() -> None:
    extra = (
        ExtraDate(start=wall("2026-01-07T09:00")),
        ExtraDate(start=wall("2026-01-08T09:00"), end=wall("2026-01-08T12:00")),
    )
    event = series(timed("2026-01-05T09:00"), extra=extra)

    assert local(event, "2026-01-06T00:00", "2026-02-01T00:00") == [
        "2026-01-07 09:00-10:00",
        "2026-01-08 09:00-12:00",
    ]


def test_an_extra_date_on_a_date_of_the_rule_counts_once() -> None:
    extra = (ExtraDate(start=wall("2026-01-06T09:00")),)
    event = series(timed("2026-01-05T09:00"), "FREQ=DAILY;COUNT=2", extra=extra)

    assert len(local(event, "2026-01-01T00:00", "2026-02-01T00:00")) == 2


def test_a_moved_instance_leaves_its_old_place_and_enters_a_window_far_away() -> None:
    master = series(timed("2026-01-05T09:00"), "FREQ=WEEKLY")
    event = with_exceptions(master, moved(master, "2026-01-12T09:00", timed("2026-06-01T20:00")))

    assert local(event, "2026-01-12T00:00", "2026-01-13T00:00") == []
    assert local(event, "2026-06-01T12:00", "2026-06-02T00:00") == ["2026-06-01 20:00-21:00"]


def test_an_instance_keeps_its_original_start_when_it_is_moved() -> None:
    master = series(timed("2026-01-05T09:00"), "FREQ=WEEKLY")
    event = with_exceptions(master, moved(master, "2026-01-12T09:00", timed("2026-01-13T20:00")))

    found = occurrences(event, window("2026-01-13T00:00", "2026-01-14T00:00"), BERLIN)

    assert [one.original_start for one in found] == [wall("2026-01-12T09:00")]


def test_this_and_future_moves_and_lengthens_all_later_instances() -> None:
    master = series(timed("2026-01-05T09:00"), "FREQ=WEEKLY")
    later = moved(master, "2026-01-12T09:00", timed("2026-01-13T10:00", 90), and_future=True)
    event = with_exceptions(master, later)

    assert local(event, "2026-01-01T00:00", "2026-01-25T00:00") == [
        "2026-01-05 09:00-10:00",
        "2026-01-13 10:00-11:30",
        "2026-01-20 10:00-11:30",
    ]


def test_a_later_instance_moved_back_a_month_is_found_there() -> None:
    master = series(timed("2026-03-02T09:00"), "FREQ=WEEKLY")
    later = moved(master, "2026-03-09T09:00", timed("2026-02-07T09:00"), and_future=True)
    event = with_exceptions(master, later)

    assert local(event, "2026-02-14T00:00", "2026-02-15T00:00") == ["2026-02-14 09:00-10:00"]


def test_cancelling_this_and_future_ends_the_series() -> None:
    master = series(timed("2026-01-05T09:00"), "FREQ=WEEKLY")
    event = with_exceptions(master, cancelled("2026-01-12T09:00", and_future=True))

    assert len(local(event, "2026-01-01T00:00", "2027-01-01T00:00")) == 1


def test_instances_without_their_series_are_all_there_is() -> None:
    master = replace(series(timed("2026-01-05T09:00")), recurrence=Recurrence(only_exceptions=True))
    event = with_exceptions(master, moved(master, "2026-01-12T09:00", timed("2026-01-12T10:00")))

    assert local(event, "2026-01-01T00:00", "2027-01-01T00:00") == ["2026-01-12 10:00-11:00"]


def test_a_declined_instance_says_so_and_the_others_do_not() -> None:
    master = series(timed("2026-01-05T09:00"), "FREQ=DAILY;COUNT=2")
    exception = moved(master, "2026-01-06T09:00", timed("2026-01-06T09:00"))
    assert exception.replacement is not None
    declined = replace(exception.replacement, my_answer=Answer.DECLINED)
    event = with_exceptions(master, replace(exception, replacement=declined))

    found = occurrences(event, window("2026-01-01T00:00", "2026-02-01T00:00"), BERLIN)

    assert [one.declined for one in found] == [False, True]


def test_an_all_day_series_spans_the_calendar_s_local_days() -> None:
    event = series(all_day("2026-03-28", days=2), "FREQ=YEARLY")

    found = occurrences(event, window("2026-03-01T00:00", "2026-04-01T00:00"), BERLIN)

    assert [(one.end - one.start) // 3_600 for one in found] == [47]
    assert found[0].all_day


def test_an_instance_that_began_before_the_window_counts() -> None:
    event = series(all_day("2026-01-01", days=20), "FREQ=MONTHLY")

    assert len(local(event, "2026-03-15T00:00", "2026-03-16T00:00")) == 1


def test_a_zero_length_event_at_the_window_s_start_counts_and_at_its_end_does_not() -> None:
    event = CalendarEvent(uid="a", when=timed("2026-01-05T09:00", minutes=0))

    assert len(local(event, "2026-01-05T09:00", "2026-01-05T10:00")) == 1
    assert local(event, "2026-01-05T08:00", "2026-01-05T09:00") == []


def test_an_event_that_ends_as_the_window_begins_does_not_count() -> None:
    event = CalendarEvent(uid="a", when=timed("2026-01-05T09:00"))

    assert local(event, "2026-01-05T10:00", "2026-01-05T11:00") == []


def test_a_flight_ends_in_its_own_zone() -> None:
    flight = Timed(
        start=wall("2026-01-05T10:00"),
        end=wall("2026-01-05T12:00"),
        zone="Europe/Berlin",
        end_zone="America/New_York",
    )
    event = CalendarEvent(uid="a", when=flight)

    assert local(event, "2026-01-05T00:00", "2026-01-06T00:00") == ["2026-01-05 10:00-18:00"]


@pytest.mark.parametrize("day", ["2026-01-06", "2026-01-08"])
def test_an_all_day_exception_is_matched_by_its_date(day: str) -> None:
    master = series(all_day("2026-01-05"), "FREQ=DAILY;COUNT=5")
    gone = replace(cancelled("2026-01-06T00:00"), original_start=date.fromisoformat(day))

    found = local(with_exceptions(master, gone), "2026-01-01T00:00", "2026-02-01T00:00")

    assert len(found) == 4
    assert all(day not in shown[:10] for shown in found)
