"""Four languages: nothing is left untranslated, moments are told in the reader's zone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from booking.core.instants import Instant
from booking.mail.languages import LANGUAGES, LOCALES, SOURCE, Tongue, language_of
from tests.mail.scene import HALF_HOUR, START

_ROOM = LOCALES.parent
_FILLED_IN = re.compile(r"%\(\w+\)s")
_OTHERS = sorted(set(LANGUAGES) - {SOURCE})


def _said() -> set[str]:
    """Return every text that the room's code says, by the first argument of `say` and `count`."""
    return {
        str(call.args[0].value)
        for path in _ROOM.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"say", "count"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def _folder(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES"


def _catalogue(language: str) -> Catalog:
    with (_folder(language) / "mail.po").open("rb") as file:
        return read_po(file, locale=language)


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]  # type: ignore[attr-defined]


def _messages(catalogue: Catalog) -> dict[str, Message]:
    return {_texts(message.id)[0]: message for message in catalogue if message.id}


@pytest.mark.parametrize("language", _OTHERS)
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    messages = _messages(_catalogue(language))

    assert len(_said()) > 60
    assert set(messages) == _said()
    assert [key for key, one in messages.items() if one.fuzzy or not all(_texts(one.string))] == []


@pytest.mark.parametrize("language", _OTHERS)
def test_a_translation_fills_in_the_same_values(language: str) -> None:
    for message in _messages(_catalogue(language)).values():
        wanted = {frozenset(_FILLED_IN.findall(text)) for text in _texts(message.id)}
        assert {frozenset(_FILLED_IN.findall(text)) for text in _texts(message.string)} == wanted


@pytest.mark.parametrize("language", _OTHERS)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with (_folder(language) / "mail.mo").open("rb") as file:
        compiled = _messages(read_mo(file))
    written = _messages(_catalogue(language))

    assert {key: _texts(one.string) for key, one in compiled.items()} == {
        key: _texts(one.string) for key, one in written.items()
    }


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-AT", "de"), ("fr_CA", "fr"), ("ES", "es"), ("pt", "en"), (None, "en"), ("", "en")],
)
def test_a_locale_gets_the_nearest_language(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [
        ("en", "Europe/Berlin", "Tue 7 July, 14:00 CEST"),
        ("de", "Europe/Berlin", "Di., 7. Juli, 14:00 CEST"),
        ("fr", "Europe/Paris", "mar. 7 juillet, 14:00 CEST"),
        ("es", "America/Sao_Paulo", "mar 7 de julio, 09:00 UTC-03:00"),
        ("en", "Asia/Kathmandu", "Tue 7 July, 17:45 UTC+05:45"),
        ("en", "Not/AZone", "Tue 7 July, 12:00 UTC"),
    ],
)
def test_a_subject_names_the_moment_in_the_readers_zone(locale: str, zone: str, shown: str) -> None:
    assert Tongue(locale, zone).moment(START) == shown


def test_a_span_always_names_its_offset_and_zone() -> None:
    tongue = Tongue("en", "Europe/Berlin")

    assert tongue.span(START, Instant(START + HALF_HOUR)) == (
        "Tuesday, 7 July 2026, 14:00 \u2013 14:30 (UTC+02:00, Europe/Berlin)"
    )


def test_a_span_over_midnight_names_both_days() -> None:
    tongue = Tongue("de", "Asia/Tokyo")

    assert tongue.span(START, Instant(START + 6 * 3600)) == (
        "Dienstag, 7. Juli 2026, 21:00 \u2013 Mittwoch, 8. Juli 2026, 03:00 (UTC+09:00, Asia/Tokyo)"
    )


def test_a_span_over_a_change_of_clocks_names_both_offsets() -> None:
    end_of_summer = Instant(1_792_884_600)  # 24 October 2026, 23:30 UTC

    shown = Tongue("en", "Europe/Berlin").span(end_of_summer, Instant(end_of_summer + 2 * 3600))

    assert shown == (
        "Sunday, 25 October 2026, 01:30 UTC+02:00 \u2013 02:30 (UTC+01:00, Europe/Berlin)"
    )
