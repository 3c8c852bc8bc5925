"""Where a meeting takes place, in words, with an icon and a link where there is one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from booking.eventtypes.values import EventTypeView

_WORDS = {
    "google_meet": ("Google Meet", "video"),
    "teams": ("Microsoft Teams", "video"),
    "link": ("Video call", "video"),
    "phone": ("Phone call", "phone"),
    "in_person": ("In person", "pin"),
    "guest_choice": ("Your choice of place", "pin"),
}
_MADE_LATER = frozenset({"google_meet", "teams"})
_SAFE_SCHEMES = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place; `href` is empty where there is nothing to open."""

    text: str
    icon: str
    href: str = ""


def short_place(location: Mapping[str, Any] | None) -> Place:
    """Return the kind of place, without its address."""
    text, icon = _WORDS.get((location or {}).get("type", ""), ("", "pin"))
    return Place(text=text, icon=icon)


def option_label(location: Mapping[str, Any]) -> str:
    """Return a place as a choice: its kind and, where that is public, where it is."""
    if location["type"] == "in_person":
        return str(location["address"])
    if location["type"] == "phone":
        return (
            f"Call {location['phone']}" if location.get("phone") else "Phone call, to your number"
        )
    return short_place(location).text


def booked_place(location: Mapping[str, Any] | None, meeting_url: str | None) -> Place | None:
    """Return where a booking takes place; only web addresses become links."""
    if meeting_url and meeting_url.startswith(_SAFE_SCHEMES):
        return Place(text=meeting_url, icon="video", href=meeting_url)
    if location is None:
        return None
    short = short_place(location)
    if location["type"] in _MADE_LATER:
        return Place(text=f"{short.text}: you will get the link", icon=short.icon)
    detail = location.get("address") or location.get("phone")
    return Place(text=f"{short.text}: {detail}" if detail else short.text, icon=short.icon)


def options_of(event: EventTypeView) -> tuple[Mapping[str, Any], ...]:
    """Return the places a guest may choose from; none where the host has decided."""
    return tuple((event.location or {}).get("options") or ())


def chosen_option(event: EventTypeView, place: int | None) -> Mapping[str, Any] | None:
    """Return the option at `place`, None where there is none."""
    options = options_of(event)
    return options[place] if place is not None and place < len(options) else None


def calls_guest(location: Mapping[str, Any]) -> bool:
    """Tell whether the host calls the guest, whose number is then needed."""
    return location.get("type") == "phone" and not location.get("phone")
