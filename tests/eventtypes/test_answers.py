"""Answers to questions, and the place a guest chooses."""

from __future__ import annotations

from typing import Any

import pytest

from booking.core.errors import InvalidInput
from booking.eventtypes.locations import choose, read_location
from booking.eventtypes.questions import check_answers, read_questions, to_questions
from booking.eventtypes.values import Question


def ask(kind: str, *, required: bool = False, options: tuple[str, ...] = ()) -> list[Question]:
    entry = {"key": "q", "label": "Q", "type": kind, "required": required, "options": options}
    return list(to_questions(read_questions([entry], "/questions")))


@pytest.mark.parametrize(
    ("kind", "options", "answer", "kept"),
    [
        ("text", (), " plans ", "plans"),
        ("textarea", (), "one\r\ntwo", "one\ntwo"),
        ("select", ("a", "b"), "b", "b"),
        ("radio", ("a", "b"), "a", "a"),
        ("checkbox", (), True, True),
        ("checkbox", ("a", "b", "c"), ["c", "a"], ["a", "c"]),
        ("checkbox", ("a", "b"), "b", ["b"]),
        ("phone", (), "+49 30 123456", "+49 30 123456"),
        ("number", (), 0, 0),
        ("number", (), "2.5", 2.5),
        ("number", (), "12", 12),
        ("email", (), "a@example.test", "a@example.test"),
        ("url", (), "https://example.test/x", "https://example.test/x"),
    ],
)
def test_a_fitting_answer_is_kept(
    kind: str, options: tuple[str, ...], answer: object, kept: object
) -> None:
    questions = ask(kind, required=True, options=options)

    assert check_answers(questions, {"q": answer}) == {"q": kept}


@pytest.mark.parametrize(
    ("kind", "options", "answer"),
    [
        ("text", (), 5),
        ("text", (), "x" * 501),
        ("select", ("a", "b"), "c"),
        ("checkbox", (), "on"),
        ("checkbox", ("a", "b"), ["a", "z"]),
        ("phone", (), "call me"),
        ("number", (), "many"),
        ("number", (), "nan"),
        ("number", (), "1" * 400),
        ("email", (), "nobody"),
        ("url", (), "javascript:alert(1)"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    kind: str, options: tuple[str, ...], answer: object
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_answers(ask(kind, options=options), {"q": answer})

    assert caught.value.fields[0].pointer.startswith("/answers/q")


@pytest.mark.parametrize(("kind", "empty"), [("text", " "), ("text", None), ("checkbox", False)])
def test_a_required_question_wants_an_answer(kind: str, empty: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_answers(ask(kind, required=True), {"q": empty})

    assert caught.value.fields[0].pointer == "/answers/q"


def test_empty_answers_are_left_out() -> None:
    assert check_answers(ask("text"), {"q": ""}) == {}


def test_an_answer_to_nothing_is_refused_with_an_escaped_pointer() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_answers([], {"a/b~": "x"})

    assert caught.value.fields[0].pointer == "/answers/a~1b~0"


OFFICE = {"type": "in_person", "address": "Hauptstr. 1"}
HOME = {"type": "in_person", "address": "Nebenstr. 2"}
CALL = {"type": "phone"}


def offer(*options: dict[str, Any]) -> dict[str, Any]:
    return read_location({"type": "guest_choice", "options": list(options)}, "/location")


def test_the_host_decides_where_there_is_no_choice() -> None:
    assert choose(OFFICE, {"type": "phone"}) == OFFICE
    assert choose(None, OFFICE) is None


def test_a_guest_chooses_by_type_and_by_place() -> None:
    assert choose(offer(OFFICE, CALL), {"type": "in_person"}) == OFFICE
    assert choose(offer(OFFICE, HOME), HOME) == HOME


@pytest.mark.parametrize("wanted", [None, {"type": "link"}, {"type": "in_person"}, {}])
def test_a_choice_that_is_not_on_offer_is_refused(wanted: dict[str, Any] | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        choose(offer(OFFICE, HOME), wanted)

    assert caught.value.fields[0].pointer == "/location"


def test_a_host_who_calls_needs_the_guests_number() -> None:
    assert choose(CALL, None, "+49 30 1") == {"type": "phone", "phone": "+49 30 1"}
    assert choose({**CALL, "phone": "+49 89 2"}, None) == {**CALL, "phone": "+49 89 2"}
    with pytest.raises(InvalidInput) as caught:
        choose(CALL, None, None)
    assert caught.value.fields[0].pointer == "/guest/phone"
