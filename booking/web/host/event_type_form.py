"""The form of an event type: its fields to and from the API's form (docs/api.md). Pure.

Fields are named like the pointers of faults (`/window/days` is `window_days`), so every fault
finds its field without a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from booking.availability.rules import PERIODS
from booking.eventtypes.values import EventTypeView, LocationType, Question
from booking.web.host import event_type_people as people
from booking.web.host.forms import SentForm

KEEP = "keep"
NO_COLOR = "#0c6152"  # what a colour field, which is never empty, shows where none was chosen
NONE = ""
_FLAGS = (
    "hidden",
    "first_slot_only",
    "show_seats_left",
    "requires_confirmation",
    "pending_blocks",
    "guest_can_cancel",
    "guest_can_reschedule",
    "requires_email_confirmation",
    "private_links_only",
)
_TEXTS = ("title", "slug", "description", "slot_alignment", "visibility", "on_stale")
_NUMBERS = (
    "duration_minutes",
    "start_offset_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "minimum_notice_minutes",
    "guest_cancel_notice_minutes",
    "guest_reschedule_notice_minutes",
)
_MOST_QUESTIONS = 60
_OPTION = re.compile(r"location_options_\d+_")
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
LABELS = {
    "title": "title",
    "slug": "address",
    "description": "description",
    "color": "colour",
    "hidden": "visibility on your page",
    "duration_minutes": "length",
    "durations_minutes": "lengths to choose from",
    "slot_interval_minutes": "step between starts",
    "slot_alignment": "alignment of starts",
    "start_offset_minutes": "offset of the first start",
    "buffer_before_minutes": "buffer before",
    "buffer_after_minutes": "buffer after",
    "minimum_notice_minutes": "notice",
    "window": "how far ahead",
    "limits": "limits",
    "first_slot_only": "first time of a day only",
    "restriction_schedule_id": "restriction",
    "seats": "seats",
    "show_seats_left": "showing the seats that are left",
    "recurrence": "series",
    "team_id": "page",
    "scheduling": "scheduling",
    "hosts": "hosts",
    "resources": "rooms and equipment",
    "requires_confirmation": "confirmation",
    "pending_blocks": "requests that block",
    "schedule_id": "schedule",
    "use_event_type_calendars": "calendars to check",
    "destination_calendar_id": "calendar for bookings",
    "location": "location",
    "questions": "questions",
    "confirmation_redirect_url": "page after booking",
    "guest_can_cancel": "cancelling by guests",
    "guest_can_reschedule": "moving by guests",
    "guest_cancel_notice_minutes": "until when guests may cancel",
    "guest_reschedule_notice_minutes": "until when guests may move",
    "requires_email_confirmation": "confirming the e-mail address",
    "private_links_only": "private links only",
    "reminders_minutes": "reminders",
    "time_zone_locked": "fixed time zone",
    "visibility": "privacy in the calendar",
    "on_stale": "doubtful calendars",
}


def fields_from(form: SentForm, before: EventTypeView | None = None) -> dict[str, Any]:
    """Return what was typed, in the API's form; ids as integers."""
    fields: dict[str, Any] = {name: form.text(name) for name in _TEXTS if form.is_set(name)}
    fields |= {name: form.is_set(name) for name in _FLAGS}
    fields |= {name: _number(form, name) for name in _NUMBERS}
    fields |= {
        "color": _color(form, before),
        "durations_minutes": form.wholes("durations_minutes") or None,
        "slot_interval_minutes": form.whole("slot_interval_minutes"),
        "reminders_minutes": form.wholes("reminders_minutes"),
        "window": _window(form),
        "seats": form.whole("seats"),
        "recurrence": _recurrence(form),
        "limits": _limits(form),
        "schedule_id": form.key("schedule_id"),
        "restriction_schedule_id": form.key("restriction_schedule_id"),
        "destination_calendar_id": form.key("destination_calendar_id"),
        "use_event_type_calendars": form.text("which_calendars") == "own",
        "confirmation_redirect_url": form.text("confirmation_redirect_url").strip() or None,
        "time_zone_locked": form.text("time_zone_locked") or None,
        "questions": questions_from(form),
    }
    if form.text("location_type") != KEEP:
        fields["location"] = location_from(form)
    return fields | people.fields_from(form)


def _color(form: SentForm, before: EventTypeView | None) -> str | None:
    """Return the chosen colour; the one shown for none means none where none was stored."""
    color = form.text("color")
    is_untouched = color == NO_COLOR and (before is None or before.color is None)
    return None if is_untouched else color or None


def _number(form: SentForm, name: str) -> int | str:
    value = form.whole(name)
    return 0 if value is None else value


def _window(form: SentForm) -> dict[str, Any]:
    kind = form.text("window_type")
    if kind == "range":
        return {
            "type": kind,
            "start_date": form.text("window_start_date"),
            "end_date": form.text("window_end_date"),
        }
    return {"type": kind} if kind == "unlimited" else {"type": kind, "days": _days(form)}


def _days(form: SentForm) -> int | str:
    value = form.whole("window_days")
    return "" if value is None else value


def _recurrence(form: SentForm) -> dict[str, Any] | None:
    frequency = form.text("recurrence_frequency")
    if frequency == NONE:
        return None
    count = form.whole("recurrence_max_count")
    return {
        "frequency": frequency,
        "interval": form.whole("recurrence_interval") or 1,
        "max_count": "" if count is None else count,
    }


def _limits(form: SentForm) -> dict[str, Any]:
    return {
        kind: {period: form.whole(f"limits_{kind}_{period}") for period in PERIODS}
        for kind in ("bookings", "minutes")
    }


def location_from(form: SentForm) -> dict[str, Any] | None:
    """Return the place: one kind, or for the guest to choose all that were filled in."""
    kind = form.text("location_type")
    if kind == NONE:
        return None
    if kind != LocationType.GUEST_CHOICE:
        return _place(form, kind)
    options = [_place(form, each) for each in _filled(form)]
    return {"type": kind, "options": options}


def _filled(form: SentForm) -> Iterable[str]:
    if form.text("location_url").strip():
        yield LocationType.LINK
    if form.is_set("location_call") or form.text("location_phone").strip():
        yield LocationType.PHONE
    if form.text("location_address").strip():
        yield LocationType.IN_PERSON


def _place(form: SentForm, kind: str) -> dict[str, Any]:
    if kind == LocationType.LINK:
        return {"type": kind, "url": form.text("location_url").strip()}
    if kind == LocationType.PHONE:
        return {"type": kind, "phone": form.text("location_phone").strip() or None}
    if kind == LocationType.IN_PERSON:
        return {"type": kind, "address": form.text("location_address")}
    return {"type": kind}


def location_fields(location: Mapping[str, Any] | None) -> dict[str, str]:
    """Return how a stored place fills the form; `keep` where the form cannot show it."""
    if location is None:
        return {"location_type": NONE}
    kind = location["type"]
    if kind != LocationType.GUEST_CHOICE:
        return {"location_type": kind, **_shown(location)}
    options = location["options"]
    if len({option["type"] for option in options}) < len(options):
        return {"location_type": KEEP}
    shown = {"location_type": kind}
    for option in options:
        shown |= _shown(option)
        if option["type"] == LocationType.PHONE and "phone" not in option:
            shown["location_call"] = "1"
    return shown


def _shown(place: Mapping[str, Any]) -> dict[str, str]:
    return {f"location_{name}": str(value) for name, value in place.items() if name != "type"}


def questions_from(form: SentForm) -> list[dict[str, Any]]:
    """Return the questions that have a label; a new one's key is made from its label."""
    found: list[dict[str, Any]] = []
    for place in range(_MOST_QUESTIONS):
        stem = f"questions_{place}_"
        if not form.text(f"{stem}label").strip():
            continue
        options = [line.strip() for line in form.text(f"{stem}options").splitlines()]
        found.append(
            {
                "key": form.text(f"{stem}key") or _key(form.text(f"{stem}label"), found),
                "label": form.text(f"{stem}label"),
                "type": form.text(f"{stem}type"),
                "required": form.is_set(f"{stem}required"),
                "options": [line for line in options if line],
            }
        )
    return found


def _key(label: str, others: Iterable[Mapping[str, Any]]) -> str:
    stem = _NOT_IN_KEYS.sub("-", label.lower()).strip("-")[:40] or "question"
    taken = {each["key"] for each in others}
    number, key = 1, stem
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key


def question_fields(question: Question) -> dict[str, Any]:
    """Return how a stored question fills its row."""
    return {
        "key": question.key,
        "label": question.label,
        "type": question.type.value,
        "required": question.required,
        "options": list(question.options),
    }


def values_of(view: EventTypeView) -> dict[str, Any]:
    """Return how a stored event type fills the form, by the API's names."""
    values = {name: getattr(view, name) for name in LABELS}
    values["questions"] = [question_fields(question) for question in view.questions]
    return {**values, **location_fields(view.location)}


def typed_values(form: SentForm) -> dict[str, Any]:
    """Return how what was typed fills the form again."""
    names = ("location_type", "location_url", "location_phone", "location_address")
    fields = fields_from(form)
    fields |= {name: form.text(name) for name in names}
    fields["location_call"] = form.text("location_call")
    return fields


def named(errors: Mapping[str, str], form: SentForm | None = None) -> dict[str, str]:
    """Return errors with those of lists and a place's options at fields of the form."""
    in_places = {_OPTION.sub("location_", name): detail for name, detail in errors.items()}
    return people.named(in_places, form)


def change_told(before: EventTypeView, after: EventTypeView) -> str:
    """Return what saving changed, as a sentence."""
    changed = [
        label for name, label in LABELS.items() if getattr(before, name) != getattr(after, name)
    ]
    if not changed:
        return "Nothing was changed."
    return f"Saved: {', '.join(changed)}."
