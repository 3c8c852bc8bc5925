"""JSON values read by pointer: every fault is named at its place, nothing is guessed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.intake import Field

PERSON = {
    "name": Field(read=intake.line(10, least=1), required=True),
    "age": Field(read=intake.whole(0, 150), nullable=True),
    "tags": Field(read=intake.items(intake.choice("a", "b"), most=3)),
}


def faults_of(read: Any, *args: Any, **options: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read(*args, **options)
    return [fault.pointer for fault in caught.value.fields]


def test_only_given_members_are_returned() -> None:
    assert intake.read_object(PERSON, {"name": " First ", "age": None}) == {
        "name": "First",
        "age": None,
    }


def test_all_faults_are_told_at_once() -> None:
    value = {"age": "5", "tags": ["a", "c"], "x/y": 1}

    found = faults_of(intake.read_object, PERSON, value, "/people/0")

    assert found == ["/people/0/age", "/people/0/tags/1", "/people/0/x~1y", "/people/0/name"]


def test_a_change_may_leave_out_what_is_required_but_not_clear_it() -> None:
    assert intake.read_object(PERSON, {}, change=True) == {}
    assert faults_of(intake.read_object, PERSON, {"name": None}, change=True) == ["/name"]


@pytest.mark.parametrize("value", [None, [], "x", 5])
def test_what_is_no_object_is_refused(value: object) -> None:
    assert faults_of(intake.read_object, PERSON, value, "/it") == ["/it"]


@pytest.mark.parametrize("value", [True, 1.0, "1", None, -1, 11])
def test_a_whole_number_is_one_and_in_bounds(value: object) -> None:
    assert faults_of(intake.whole(0, 10), value, "/n") == ["/n"]


@pytest.mark.parametrize("value", [True, "1", float("nan"), float("inf"), None])
def test_a_number_is_finite(value: object) -> None:
    assert faults_of(intake.number, value, "/n") == ["/n"]


@pytest.mark.parametrize("value", [1, 0, "true", None])
def test_a_flag_is_true_or_false(value: object) -> None:
    assert faults_of(intake.flag, value, "/f") == ["/f"]


@pytest.mark.parametrize("value", ["2026-1-2", "20260102", "2026-02-30", "0001-01-01", 5, None])
def test_a_date_is_written_in_full_and_exists(value: object) -> None:
    assert faults_of(intake.day, value, "/d") == ["/d"]


def test_a_date_is_read() -> None:
    assert intake.day("2028-02-29", "/d") == date(2028, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "//example.test",
        "http://",
        "http://a b.test",
        "http://user:word@example.test",
        "http://[::1",
        "http://example.test/\n",
        "https://example.test/" + "x" * 2000,
    ],
)
def test_an_address_of_the_web_is_plain(text: str) -> None:
    assert not intake.is_web_address(text.removesuffix("\n") + ("\nx" if "\n" in text else ""))


def test_an_address_of_the_web_is_kept_as_it_is() -> None:
    address = "https://example.test:8443/a?b=c#d"

    assert intake.web_address(f" {address} ", "/url") == address
