"""The languages of mails: catalogues, and how each writes a moment.

English is the language of the source; the others are gettext catalogues in `locales`, with forms
of dates from Babel (Unicode CLDR).
"""

from __future__ import annotations

import gettext
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from booking.core.instants import Instant, from_instant
from booking.core.zones import is_zone, zone

SOURCE = "en"
LANGUAGES = (SOURCE, "de", "fr", "es")
DOMAIN = "mail"
LOCALES = Path(__file__).resolve().parent / "locales"

_SHORT_DAY = {
    "en": "EEE d MMMM",
    "de": "EEE, d. MMMM",
    "fr": "EEE d MMMM",
    "es": "EEE d 'de' MMMM",
}
_LONG_DAY = {
    "en": "EEEE, d MMMM y",
    "de": "EEEE, d. MMMM y",
    "fr": "EEEE d MMMM y",
    "es": "EEEE, d 'de' MMMM 'de' y",
}


def language_of(locale: str | None) -> str:
    """Return the language of ours that serves a locale such as `de-AT`; English for others."""
    language = (locale or SOURCE).replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else SOURCE


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == SOURCE:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALES, [language])


class Tongue:
    """Speaks one language in one zone. An unknown zone is told in UTC."""

    def __init__(self, locale: str | None, time_zone: str) -> None:
        self.language = language_of(locale)
        self.zone: ZoneInfo = zone(time_zone if is_zone(time_zone) else "UTC")
        self._catalogue = _catalogue(self.language)

    def say(self, message: str, **values: object) -> str:
        """Return `message` in this language, its `%(name)s` filled in."""
        return self._catalogue.gettext(message) % values

    def count(self, one: str, many: str, number: int) -> str:
        """Return the form for `number`, which both call `%(number)s`."""
        return self._catalogue.ngettext(one, many, number) % {"number": number}

    def moment(self, instant: Instant) -> str:
        """Return a moment for a subject: `Tue 7 July, 14:00 CEST`."""
        local = self._local(instant)
        return f"{self._format(local, f'{_SHORT_DAY[self.language]}, HH:mm')} {_zone_mark(local)}"

    def span(self, start: Instant, end: Instant) -> str:
        """Return a stretch of time with its offset and zone, the end with its day if another."""
        first, last = self._local(start), self._local(end)
        day = _LONG_DAY[self.language]
        until = "HH:mm" if last.date() == first.date() else f"{day}, HH:mm"
        shown = f"{self._format(first, f'{day}, HH:mm')} \u2013 {self._format(last, until)}"
        if first.utcoffset() != last.utcoffset():
            shown = (
                f"{self._format(first, f'{day}, HH:mm')} {_offset(first)} \u2013 "
                f"{self._format(last, until)}"
            )
        return f"{shown} ({_offset(last)}, {self.zone.key})"

    def hours(self, start: Instant, end: Instant) -> str:
        """Return a stretch of one day by its hours: `14:00 - 15:00`, with a dash."""
        first, last = self._local(start), self._local(end)
        return f"{self._format(first, 'HH:mm')} \u2013 {self._format(last, 'HH:mm')}"

    def point(self, moment: datetime) -> str:
        """Return an aware moment in full: day, time, offset and zone."""
        local = moment.astimezone(self.zone)
        shown = self._format(local, f"{_LONG_DAY[self.language]}, HH:mm")
        return f"{shown} ({_offset(local)}, {self.zone.key})"

    def _local(self, instant: Instant) -> datetime:
        return from_instant(instant).astimezone(self.zone)

    def _format(self, local: datetime, pattern: str) -> str:
        return format_datetime(local, pattern, locale=self.language)


def _zone_mark(local: datetime) -> str:
    """Return the zone's abbreviation; its offset where it has none in letters (`-03`)."""
    name = local.tzname() or ""
    return name if name.isalpha() else _offset(local)


def _offset(local: datetime) -> str:
    minutes = (local.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
