"""Questions to guests: how they are defined, and which answers they accept.

Pure: forms and the API send answers through the same check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.intake import Field, child, gathered
from booking.eventtypes.values import Question, QuestionType

_MOST_QUESTIONS = 50
_MOST_OPTIONS = 100
_LINE = 500
_PARAGRAPHS = 5000
_LONGEST_NUMBER = 30
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,250}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{3,38}")
_WITH_OPTIONS = (QuestionType.SELECT, QuestionType.RADIO)


def _key(value: object, pointer: str) -> str:
    if not isinstance(value, str) or _KEY.fullmatch(value) is None:
        raise InvalidInput.at(pointer, "Use letters, digits, hyphens and underscores.")
    return value


_QUESTION: Mapping[str, Field] = {
    "key": Field(read=_key, required=True),
    "label": Field(read=intake.line(200, least=1), required=True),
    "type": Field(read=intake.choice(*QuestionType), required=True),
    "required": Field(read=intake.flag),
    "options": Field(
        read=intake.items(intake.line(200, least=1), most=_MOST_OPTIONS), nullable=True
    ),
}


def read_questions(value: object, pointer: str) -> list[dict[str, Any]]:
    """Return the wire form of a list of questions with every member filled in.

    Errors: InvalidInput for doubled keys, missing, doubled or senseless options.
    """
    shape = intake.items(intake.record(_QUESTION), most=_MOST_QUESTIONS)
    questions: list[dict[str, Any]] = shape(value, pointer)
    keys = [question["key"] for question in questions]
    return gathered(
        partial(_checked, question, child(pointer, place), doubled=keys.index(keys[place]) < place)
        for place, question in enumerate(questions)
    )


def _checked(question: dict[str, Any], pointer: str, *, doubled: bool) -> dict[str, Any]:
    if doubled:
        raise InvalidInput.at(f"{pointer}/key", "Another question has this key already.")
    options = question.get("options") or []
    if len(set(options)) < len(options):
        raise InvalidInput.at(f"{pointer}/options", "Each option may stand there once.")
    if question["type"] in _WITH_OPTIONS and not options:
        raise InvalidInput.at(f"{pointer}/options", "Give at least one option to choose from.")
    if options and question["type"] not in (*_WITH_OPTIONS, QuestionType.CHECKBOX):
        raise InvalidInput.at(f"{pointer}/options", "This type of question has no options.")
    return {"required": False, **question, "options": options}


def to_questions(wire: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Return stored questions as values."""
    return tuple(
        Question(
            key=entry["key"],
            label=entry["label"],
            type=QuestionType(entry["type"]),
            required=entry["required"],
            options=tuple(entry["options"]),
        )
        for entry in wire
    )


def check_answers(
    questions: Sequence[Question], answers: Mapping[str, object], pointer: str = "/answers"
) -> dict[str, Any]:
    """Return the answers by key in the order of the questions, cleaned; empty ones are left out.

    Errors: InvalidInput for a missing required answer, an answer that does not fit its question,
    and one to a question that is not asked.
    """
    known = {question.key for question in questions}
    strangers = [name for name in answers if name not in known]
    found = gathered(
        [partial(_answer, question, answers, pointer) for question in questions]
        + [partial(_refuse, child(pointer, name)) for name in strangers]
    )
    return {key: value for key, value in found if value is not None}


def _refuse(pointer: str) -> tuple[str, None]:
    raise InvalidInput.at(pointer, "This is not asked.")


def _answer(question: Question, answers: Mapping[str, object], pointer: str) -> tuple[str, Any]:
    at = child(pointer, question.key)
    given = answers.get(question.key)
    value = None if _is_empty(given) else _reader(question)(given, at)
    if question.required and (_is_empty(value) or value is False):
        raise InvalidInput.at(at, "Please answer this question.")
    return question.key, None if _is_empty(value) else value


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [])


def _reader(question: Question) -> Callable[[object, str], Any]:
    if question.type in _WITH_OPTIONS:
        return intake.choice(*question.options)
    if question.type is QuestionType.CHECKBOX:
        return _choices(question.options) if question.options else intake.flag
    return _PLAIN[question.type]


def _choices(options: tuple[str, ...]) -> intake.Reader:
    read = intake.items(intake.choice(*options), most=len(options))

    def reader(value: object, pointer: str) -> list[str]:
        chosen = read([value] if isinstance(value, str) else value, pointer)
        return [option for option in options if option in chosen]

    return reader


def _matching(pattern: re.Pattern[str], detail: str) -> intake.Reader:
    read = intake.line(_LINE)

    def reader(value: object, pointer: str) -> str:
        text = str(read(value, pointer))
        if pattern.fullmatch(text) is None:
            raise InvalidInput.at(pointer, detail)
        return text

    return reader


def _number(value: object, pointer: str) -> float:
    """Read a number; forms send it as text."""
    if not isinstance(value, str):
        return intake.number(value, pointer)
    text = value.strip()
    if len(text) > _LONGEST_NUMBER:
        raise InvalidInput.at(pointer, "Must be a number.")
    try:
        return int(text) if text.lstrip("+-").isdecimal() else _finite(float(text), pointer)
    except ValueError:
        raise InvalidInput.at(pointer, "Must be a number.") from None


def _finite(value: float, pointer: str) -> float:
    return intake.number(value, pointer)


_PLAIN: Mapping[QuestionType, intake.Reader] = {
    QuestionType.TEXT: intake.line(_LINE),
    QuestionType.TEXTAREA: intake.paragraphs(_PARAGRAPHS),
    QuestionType.PHONE: _matching(_PHONE, "Must be a phone number like +49 30 123456."),
    QuestionType.EMAIL: _matching(_EMAIL, "Must be an e-mail address."),
    QuestionType.URL: intake.web_address,
    QuestionType.NUMBER: _number,
}
