"""A mail in words, before it is laid out (`templates/mail`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from booking.core.text import clean_line, clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail in words. `rows`: (label, value); `link`: (label, address)."""

    language: str
    subject: str
    headline: str
    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    link: tuple[str, str] | None
    footer: str


def cleaned(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return rows without control characters: a mail must hold none whatever it is made from."""
    return tuple((clean_line(label), clean_text(value)) for label, value in rows)
