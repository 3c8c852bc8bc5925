"""Forms of guests: what a browser sends, cleaned and checked before any service sees it.

Answers to a host's questions are only gathered here; what they may be is decided by
`booking.eventtypes.questions`, for pages and API alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from booking.core.text import clean_line, clean_text
from booking.eventtypes.values import Question, QuestionType
from booking.web.schemas.fields import At

MOST_GUESTS = 10
MOST_TIMES = 100
QUESTION_PREFIX = "q-"
_NAME, _EMAIL, _PHONE, _REASON, _KEY = 200, 320, 40, 500, 200
_SEPARATORS = re.compile(r"[\s,;]+")
_PHONE_SHAPE = r"\+?[0-9][0-9 ()./-]{3,38}"


class Line(fields.String):
    """Text on one line, cleaned; empty is as good as absent."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return clean_line(super()._deserialize(value, *args, **kwargs))


class Paragraphs(fields.String):
    """Text of several lines, cleaned."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return clean_text(super()._deserialize(value, *args, **kwargs))


class Addresses(fields.String):
    """E-mail addresses, one a line or parted by commas; becomes a tuple without repeats."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = clean_text(super()._deserialize(value, *args, **kwargs))
        found = tuple(dict.fromkeys(filter(None, _SEPARATORS.split(text))))
        if len(found) > MOST_GUESTS:
            raise ValidationError(f"Invite up to {MOST_GUESTS} people.")
        for address in found:
            _is_address(address)
        return found


def _is_address(text: str) -> None:
    if len(text) > _EMAIL:
        raise ValidationError("This email address is too long.")
    message = f"“{text[:60]}” is not an email address."
    validate.Email(error=message)(text)


class _Form(Schema):
    class Meta:
        """Fields that are not ours, such as a browser extension's, are dropped."""

        unknown = EXCLUDE


class ChoiceForm(_Form):
    """A time that was pressed."""

    start = At(required=True)
    duration = fields.Integer(load_default=None, validate=validate.Range(1, 1440))


_COUNT_WANTED = "Choose how often from the list."
_IS_COUNT = validate.Range(1, MOST_TIMES, error=_COUNT_WANTED)


class DetailsForm(_Form):
    """Who books, and how often; `repeat_instead` is the button that books fewer dates.

    `website` is a trap for robots, `idempotency_key` names this very form.
    """

    start = At(required=True)
    name = Line(
        required=True,
        validate=validate.Length(1, _NAME, error="Enter your name."),
        error_messages={"required": "Enter your name."},
    )
    email = Line(
        required=True,
        validate=[
            validate.Length(1, _EMAIL, error="Enter your email address."),
            validate.Email(error="Enter an email address like name@example.com."),
        ],
        error_messages={"required": "Enter your email address."},
    )
    phone = Line(load_default="")
    place = fields.Integer(load_default=None, validate=validate.Range(0, 99))
    guests = Addresses(load_default=())
    repeat = fields.Integer(
        load_default=1, validate=_IS_COUNT, error_messages={"invalid": _COUNT_WANTED}
    )
    repeat_instead = fields.Integer(
        load_default=None, validate=_IS_COUNT, error_messages={"invalid": _COUNT_WANTED}
    )
    website = fields.String(
        load_default="", validate=validate.Length(max=0, error="Leave the hidden field empty.")
    )
    idempotency_key = fields.String(load_default="", validate=validate.Length(max=_KEY))


class ReasonForm(_Form):
    """Why a booking is cancelled or moved."""

    reason = Paragraphs(
        load_default="", validate=validate.Length(max=_REASON, error="Use up to 500 characters.")
    )


class MoveForm(ReasonForm):
    """Where a booking is moved to."""

    start = At(required=True)


def first_messages(error: ValidationError) -> dict[str, str]:
    """Return the first message of each field, for the form's summary."""
    messages = error.messages
    if not isinstance(messages, dict):
        return {"": _first(messages)}
    return {str(name): _first(found) for name, found in messages.items()}


def _first(found: Any) -> str:
    while not isinstance(found, str):
        found = next(iter(found.values() if isinstance(found, Mapping) else found))
    return found


def answers_of(questions: tuple[Question, ...], form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was answered, by the questions' keys: text, a list of options, or yes."""
    return {question.key: _answer(question, form) for question in questions}


def _answer(question: Question, form: MultiDict[str, str]) -> Any:
    given = form.getlist(QUESTION_PREFIX + question.key)
    if question.type is not QuestionType.CHECKBOX:
        return given[0] if given else None
    return given if question.options else bool(given)


def values_of(questions: tuple[Question, ...], form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the form as it was sent, to be shown again."""
    kept: dict[str, Any] = dict(form.items())
    for question in questions:
        if question.type is QuestionType.CHECKBOX:
            name = QUESTION_PREFIX + question.key
            kept[name] = form.getlist(name)
    return kept
