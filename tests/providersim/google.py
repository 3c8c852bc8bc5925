"""Google Calendar v3: each method of the discovery document that a client of ours may call."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tests.providersim import google_events as rows
from tests.providersim.clock import SimClock
from tests.providersim.google_events import Events
from tests.providersim.google_lists import EventList, is_on, moment, one
from tests.providersim.schema import Method
from tests.providersim.state import (
    JSON,
    WRITERS,
    Calendar,
    Entry,
    Mail,
    Refused,
    User,
    World,
    Write,
)
from tests.providersim.webhooks import Postman, Push

_CHANNEL_LIFE = timedelta(days=7)
_COLORS = {"1": "#ac725e", "7": "#42d692", "14": "#9fe1e7", "24": "#a47ae2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a signed-in client."""

    method: Method
    user: User
    names: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: JSON
    headers: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Channel:
    """A client that wants to be told about a calendar."""

    id: str
    resource: str
    calendar: str
    address: str
    token: str
    ends_at: float
    number: int = 1


@dataclass(slots=True)
class GoogleCalendars:
    """Answers calls. The caller holds the lock."""

    world: World
    clock: SimClock
    postman: Postman
    page_size: int = 2500
    hides_busy_events: bool = False  # free/busy calendars refuse to list events
    next_page_is_empty: bool = False
    channels: dict[str, Channel] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def answer(self, call: Call) -> JSON | None:
        """Return the answer's body, None for 204. Errors: Refused."""
        handlers: Mapping[str, Callable[[Call], JSON | None]] = {
            "calendarList.list": self._list_calendars,
            "calendarList.get": lambda c: self._entry(c.user, self._calendar(c)[0]),
            "calendarList.patch": self._patch_entry,
            "calendars.get": lambda c: _calendar_shown(self._calendar(c)[0]),
            "calendars.insert": self._insert_calendar,
            "calendars.delete": self._delete_calendar,
            "colors.get": lambda _: _colors(),
            "settings.get": lambda _: {
                "kind": "calendar#setting",
                "id": "timezone",
                "value": "UTC",
            },
            "events.list": self._list_events,
            "events.get": self._get,
            "events.insert": self._insert,
            "events.import": self._import,
            "events.patch": self._patch,
            "events.update": self._update,
            "events.delete": self._delete,
            "events.instances": self._instances,
            "events.watch": self._watch,
            "channels.stop": self._stop,
            "freebusy.query": self._free_busy,
        }
        handler = handlers.get(call.method.id)
        if handler is None:
            raise Refused(501, "notImplemented", call.method.id)
        return handler(call)

    def _calendar(self, call: Call, *, writing: bool = False) -> tuple[Calendar, Entry]:
        key = call.names.get("calendarId", "")
        key = call.user.email if key == "primary" else key
        entry, calendar = call.user.entries.get(key), self.world.calendars.get(key)
        if entry is None or calendar is None or entry.is_deleted:
            raise Refused(404, "notFound", "Not Found")
        if writing and entry.role not in WRITERS:
            text = "You need to have writer access to this calendar."
            raise Refused(403, "requiredAccessLevel", text)
        return calendar, entry

    # Calendars

    def _list_calendars(self, call: Call) -> JSON:
        listed = sorted(call.user.entries.items(), key=lambda pair: not pair[1].is_primary)
        shown = [
            self._entry(call.user, self.world.calendars[key])
            for key, entry in listed
            if (not entry.is_hidden or is_on(call.query, "showHidden")) and not entry.is_deleted
        ]
        size = min(int(one(call.query, "maxResults", "100")), self.page_size)
        start = int(one(call.query, "pageToken", "0"))
        answer: JSON = {
            "kind": "calendar#calendarList",
            "etag": f'"l{call.user.counter}"',
            "items": shown[start : start + size],
        }
        if start + size < len(shown):
            return {**answer, "nextPageToken": str(start + size)}
        token = self.world.sign({"kind": "list", "n": call.user.counter})
        return {**answer, "nextSyncToken": token}

    def _entry(self, user: User, calendar: Calendar) -> JSON:
        entry = user.entries[calendar.id]
        shown: JSON = {
            "kind": "calendar#calendarListEntry",
            "etag": f'"c{entry.changed}"',
            "id": calendar.id,
            "summary": calendar.name,
            "timeZone": calendar.time_zone,
            "colorId": "14",
            "backgroundColor": entry.color,
            "foregroundColor": "#000000",
            "selected": True,
            "accessRole": entry.role,
            "defaultReminders": calendar.default_reminders,
        }
        if entry.name is not None:
            shown["summaryOverride"] = entry.name
        for name, is_set in (("primary", entry.is_primary), ("hidden", entry.is_hidden)):
            if is_set:
                shown[name] = True
        return shown

    def _patch_entry(self, call: Call) -> JSON:
        calendar, entry = self._calendar(call)
        if "backgroundColor" in call.body:
            if not is_on(call.query, "colorRgbFormat"):
                raise Refused(400, "invalid", "colorRgbFormat must be set.")
            entry.color = str(call.body["backgroundColor"]).lower()
        if "colorId" in call.body:
            entry.color = _COLORS.get(str(call.body["colorId"]), entry.color)
        entry.name = call.body.get("summaryOverride", entry.name)
        self._wrote(call, calendar.id, calendar.id)
        return self._entry(call.user, calendar)

    def _insert_calendar(self, call: Call) -> JSON:
        if not call.body.get("summary"):
            raise Refused(400, "required", "Missing summary.")
        key = f"c_{secrets.token_hex(16)}@group.calendar.google.com"
        zone = call.body.get("timeZone", "UTC")
        calendar = Calendar(id=key, name=str(call.body["summary"]), time_zone=zone)
        self.world.calendars[key] = calendar
        call.user.counter += 1
        call.user.entries[key] = Entry(role="owner", changed=call.user.counter)
        self._wrote(call, key, key)
        return _calendar_shown(calendar)

    def _delete_calendar(self, call: Call) -> None:
        calendar, entry = self._calendar(call)
        if entry.role != "owner" or entry.is_primary:
            raise Refused(403, "forbidden", "Forbidden")
        for user in self.world.users.values():
            user.entries.pop(calendar.id, None)
        del self.world.calendars[calendar.id]
        self._wrote(call, calendar.id, calendar.id)

    # Events

    def _list_events(self, call: Call) -> JSON:
        calendar, entry = self._calendar(call)
        if entry.role == "freeBusyReader" and self.hides_busy_events:
            raise Refused(403, "forbidden", "Forbidden")
        events = Events(calendar, self.clock)
        lists = EventList(self.world, events, entry.role, self.clock.now)
        is_empty, self.next_page_is_empty = self.next_page_is_empty, False
        return lists.answer(call.query, 0 if is_empty else self.page_size)

    def _get(self, call: Call) -> JSON:
        calendar, entry = self._calendar(call)
        row = Events(calendar, self.clock).get(call.names["eventId"])
        return rows.shown(row, calendar.id, entry.role)

    def _insert(self, call: Call) -> JSON:
        calendar, entry = self._calendar(call, writing=True)
        row = Events(calendar, self.clock).insert(
            call.body, call.user.email, conference=_with_conference(call)
        )
        return self._changed(call, calendar, row, entry, "invited")

    def _import(self, call: Call) -> JSON:
        calendar, entry = self._calendar(call, writing=True)
        row = Events(calendar, self.clock).import_(call.body, call.user.email)
        return self._changed(call, calendar, row, entry, None)

    def _patch(self, call: Call) -> JSON:
        calendar, entry = self._guarded(call)
        row = Events(calendar, self.clock).patch(
            call.names["eventId"], call.body, conference=_with_conference(call)
        )
        return self._changed(call, calendar, row, entry, "updated")

    def _update(self, call: Call) -> JSON:
        calendar, entry = self._guarded(call)
        row = Events(calendar, self.clock).update(
            call.names["eventId"], call.body, conference=_with_conference(call)
        )
        return self._changed(call, calendar, row, entry, "updated")

    def _delete(self, call: Call) -> None:
        calendar, entry = self._guarded(call)
        events = Events(calendar, self.clock)
        row = events.get(call.names["eventId"])
        events.delete(call.names["eventId"])
        self._changed(call, calendar, row, entry, "cancelled")

    def _guarded(self, call: Call) -> tuple[Calendar, Entry]:
        calendar, entry = self._calendar(call, writing=True)
        wanted = call.headers.get("if-match")
        if wanted not in {None, "*"}:
            row = Events(calendar, self.clock).get(call.names["eventId"])
            if wanted != row["etag"]:
                raise Refused(412, "conditionNotMet", "Precondition Failed")
        return calendar, entry

    def _instances(self, call: Call) -> JSON:
        calendar, entry = self._calendar(call)
        now, year = self.clock.now(), timedelta(days=365)
        first, last = one(call.query, "timeMin"), one(call.query, "timeMax")
        found = Events(calendar, self.clock).instances(
            call.names["eventId"],
            moment(first) if first else now - 5 * year,
            moment(last) if last else now + 2 * year,
        )
        items = [
            rows.shown(row, calendar.id, entry.role)
            for row in found
            if row["status"] != "cancelled" or is_on(call.query, "showDeleted")
        ]
        size = min(int(one(call.query, "maxResults", "250")), self.page_size)
        start = int(one(call.query, "pageToken", "0"))
        answer: JSON = {"kind": "calendar#events", "items": items[start : start + size]}
        is_more = start + size < len(items)
        return {**answer, "nextPageToken": str(start + size)} if is_more else answer

    def _free_busy(self, call: Call) -> JSON:
        first, last = moment(call.body["timeMin"]), moment(call.body["timeMax"])
        if last - first > timedelta(days=92):
            raise Refused(400, "timeRangeTooLong", "The requested time range is too long.")
        found: JSON = {}
        for item in call.body.get("items", ()):
            key = item["id"]
            if key not in call.user.entries or key not in self.world.calendars:
                found[key] = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
                continue
            events = Events(self.world.calendars[key], self.clock)
            found[key] = {"busy": events.busy(first, last)}
        return {
            "kind": "calendar#freeBusy",
            "timeMin": call.body["timeMin"],
            "timeMax": call.body["timeMax"],
            "calendars": found,
        }

    def _changed(
        self, call: Call, calendar: Calendar, row: JSON, entry: Entry, mail: str | None
    ) -> JSON:
        self._wrote(call, calendar.id, row["id"])
        people = tuple(
            person["email"]
            for person in row.get("attendees", ())
            if person.get("email") not in {None, calendar.id}
        )
        if mail and people and one(call.query, "sendUpdates") in {"all", "externalOnly"}:
            self.world.mails.append(Mail(kind=mail, key=row["id"], to=people))
        self.ring(calendar.id)
        return rows.shown(row, calendar.id, entry.role)

    def _wrote(self, call: Call, calendar: str, key: str) -> None:
        self.world.journal.append(
            Write(
                method=call.method.id,
                user=call.user.email,
                calendar=calendar,
                key=key,
                send_updates=one(call.query, "sendUpdates") or None,
                if_match=call.headers.get("if-match"),
                body=call.body,
            )
        )

    # Channels

    def _watch(self, call: Call) -> JSON:
        calendar, _ = self._calendar(call)
        key, address = str(call.body.get("id", "")), str(call.body.get("address", ""))
        if not key or key in self.used:
            raise Refused(400, "channelIdNotUnique", "Channel id is not unique.")
        if not address.startswith("https://") and "://127.0.0.1" not in address:
            raise Refused(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS.")
        self.used.add(key)
        wished = call.body.get("expiration")
        ends_at = (self.clock.now() + _CHANNEL_LIFE).timestamp()
        channel = Channel(
            id=key,
            resource=secrets.token_urlsafe(16),
            calendar=calendar.id,
            address=address,
            token=str(call.body.get("token", "")),
            ends_at=min(ends_at, int(wished) / 1000) if wished else ends_at,
        )
        self.channels[key] = channel
        self._push(channel, "sync")
        return {
            "kind": "api#channel",
            "id": key,
            "resourceId": channel.resource,
            "resourceUri": f"https://www.googleapis.com/calendar/v3/calendars/{calendar.id}/events",
            "token": channel.token,
            "expiration": str(int(channel.ends_at * 1000)),
        }

    def _stop(self, call: Call) -> None:
        channel = self.channels.get(str(call.body.get("id")))
        if channel is None or channel.resource != call.body.get("resourceId"):
            raise Refused(404, "notFound", "Channel not found.")
        del self.channels[channel.id]

    def ring(self, calendar: str) -> None:
        """Tell every channel of a calendar that something is there."""
        moment_now = self.clock.now().timestamp()
        for channel in list(self.channels.values()):
            if channel.calendar == calendar and channel.ends_at > moment_now:
                self._push(channel, "exists")

    def _push(self, channel: Channel, state: str) -> None:
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Token": channel.token,
            "X-Goog-Channel-Expiration": str(channel.ends_at),
            "X-Goog-Resource-ID": channel.resource,
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(channel.number),
        }
        channel.number += 1 + secrets.randbelow(3)
        self.postman.post(Push(url=channel.address, headers=headers))


def _with_conference(call: Call) -> bool:
    return one(call.query, "conferenceDataVersion") == "1"


def _calendar_shown(calendar: Calendar) -> JSON:
    return {
        "kind": "calendar#calendar",
        "etag": f'"k{calendar.counter}"',
        "id": calendar.id,
        "summary": calendar.name,
        "timeZone": calendar.time_zone,
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    }


def _colors() -> JSON:
    kinds = {key: {"background": color, "foreground": "#1d1d1d"} for key, color in _COLORS.items()}
    return {"kind": "calendar#colors", "calendar": kinds, "event": kinds}
