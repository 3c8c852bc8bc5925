"""How the one who looks wants times shown: read from the address and the browser's language.

Nothing is remembered here: there is no cookie for guests. What the address does not say comes
from `Accept-Language` (12 or 24 hours, first day of the week) and from the event type (zone).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from booking.core.text import clean_line
from booking.core.zones import is_zone

_KEPT = ("tz", "hours", "duration", "embed", "hold", "name", "email", "token", "private")
_TWELVE_HOURS = frozenset({"US", "CA", "AU", "NZ", "IN", "PH", "PK", "EG", "SA", "MX", "CO"})
_SUNDAY_FIRST = frozenset({"US", "CA", "MX", "BR", "IN", "IL", "JP", "KR", "PH", "ZA", "CO", "SA"})
_LONGEST = 320
_MONDAY, _SUNDAY = 0, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """One guest's view.

    `zone` is in force; `zone_is_given` tells that the address names it. `hours` is "12" or "24",
    `first_weekday` 0 (Monday) or 6 (Sunday). `kept` is what links carry on.
    """

    zone: ZoneInfo
    zone_is_given: bool
    hours: str
    first_weekday: int
    is_embedded: bool
    kept: tuple[tuple[str, str], ...]

    def query(self, **changes: object) -> str:
        """Return the query part of an address with `changes`; None drops a name."""
        wanted: dict[str, object] = {**dict(self.kept), **changes}
        return "?" + urlencode({name: str(value) for name, value in wanted.items() if value})

    def kept_value(self, name: str) -> str:
        """Return one of the kept values, empty where the address has none."""
        return dict(self.kept).get(name, "")


def read_viewer(
    given: Mapping[str, str], languages: str, *, default_zone: str, locked_zone: str | None
) -> Viewer:
    """Return the view for the query `given` and the header `Accept-Language`.

    A zone that does not exist is as good as none; `locked_zone` outranks the address.
    """
    kept = _kept(given)
    region = _region(languages)
    wanted = dict(kept).get("tz")
    hours = dict(kept).get("hours") or ("12" if region in _TWELVE_HOURS else "24")
    return Viewer(
        zone=ZoneInfo(locked_zone or wanted or default_zone),
        zone_is_given=wanted is not None,
        hours=hours,
        first_weekday=_SUNDAY if region in _SUNDAY_FIRST else _MONDAY,
        is_embedded="embed" in dict(kept),
        kept=kept,
    )


def _kept(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    values = {name: clean_line(given.get(name, ""))[:_LONGEST] for name in _KEPT}
    if not is_zone(values["tz"]):
        values["tz"] = ""
    if values["hours"] not in {"12", "24"}:
        values["hours"] = ""
    if not (values["duration"].isascii() and values["duration"].isdigit()):
        values["duration"] = ""
    values["embed"] = "1" if values["embed"] == "1" else ""
    return tuple((name, value) for name, value in values.items() if value)


def _region(languages: str) -> str:
    """Return the region of the first language, such as `US` in `en-US,en;q=0.9`."""
    first = languages.partition(",")[0].partition(";")[0].strip()
    parts = first.split("-")
    return parts[-1].upper() if len(parts) > 1 and len(parts[-1]) == 2 else ""
