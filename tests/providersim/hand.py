"""The test's hand on Google: people and their edits, grants taken away, faults."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.providersim.clock import SimClock
from tests.providersim.faults import Act, Fault, Faults
from tests.providersim.google import GoogleCalendars
from tests.providersim.google_events import Events, hold_conference
from tests.providersim.google_oauth import BASE, GoogleOAuth, Person
from tests.providersim.state import JSON, Calendar, Entry, Grant, Mail, User, World, Write

ALL_SCOPES = ("calendar.events", "calendar.calendarlist.readonly", "calendar.freebusy")
APP_CREATED = "calendar.app.created"


class GoogleHand:
    """What other people and programs do at Google, and what tests want to know."""

    def __init__(
        self,
        lock: threading.RLock,
        world: World,
        calendars: GoogleCalendars,
        oauth: GoogleOAuth,
        faults: Faults,
        clock: SimClock,
    ) -> None:
        self._lock = lock
        self._world = world
        self._calendars = calendars
        self._faults = faults
        self._clock = clock
        self.oauth = oauth

    # People

    @property
    def person(self) -> Person:
        """Who sits before the consent page."""
        return self.oauth.person

    def user(self, email: str) -> User:
        """Return a person, with a primary calendar from the first moment."""
        with self._lock:
            if email not in self._world.users:
                self._world.users[email] = User(email=email)
                self.add_calendar(email, email, key=email, is_primary=True)
            return self._world.users[email]

    def add_calendar(
        self,
        user: str,
        name: str,
        *,
        key: str | None = None,
        role: str = "owner",
        is_primary: bool = False,
        time_zone: str = "Europe/Berlin",
    ) -> str:
        """Give a person a calendar; return its id."""
        with self._lock:
            person = self.user(user)
            key = key or f"{name.lower().replace(' ', '-')}@group.calendar.google.com"
            self._world.calendars[key] = Calendar(id=key, name=name, time_zone=time_zone)
            person.entries[key] = Entry(role=role, is_primary=is_primary)
            return key

    def share(self, calendar: str, user: str, role: str) -> None:
        """Let a person see or change a calendar, or see less of it."""
        with self._lock:
            self.user(user).entries[calendar] = Entry(role=role)

    def unshare(self, calendar: str, user: str) -> None:
        with self._lock:
            self.user(user).entries.pop(calendar, None)

    # Tokens

    def sign_in(
        self, email: str, scopes: Sequence[str] = (*ALL_SCOPES, APP_CREATED)
    ) -> tuple[str, str]:
        """Grant without a browser; return access token and refresh token."""
        with self._lock:
            self.user(email)
            grant = Grant(
                user=email,
                client=self.oauth.client_id,
                scopes=frozenset(BASE + name for name in scopes),
                refresh_token=f"1//{email}-{len(self._world.grants)}",
            )
            self._world.grants.append(grant)
            return self.oauth.issue(grant), grant.refresh_token

    def grant_of(self, header: str) -> Grant | None:
        """Return whose valid access token an Authorization header carries."""
        found = self._world.tokens.get(header.removeprefix("Bearer "))
        if found is None or found[0].is_revoked or found[1] <= self._clock.now():
            return None
        return found[0]

    def revoke(self, email: str) -> None:
        """Take back what a person granted, as on Google's own pages."""
        with self._lock:
            for grant in self._world.grants:
                grant.is_revoked = grant.is_revoked or grant.user == email

    def expire_access_tokens(self) -> None:
        with self._lock:
            self._world.tokens.clear()

    @property
    def live_grants(self) -> list[Grant]:
        return [grant for grant in self._world.grants if not grant.is_revoked]

    # Events

    def add_event(self, calendar: str, **fields: Any) -> JSON:
        """Make an event as a person does, with the API's own field names."""
        made: JSON = self._edited(calendar, lambda events: events.insert(fields, calendar))
        return made

    def edit_event(self, calendar: str, key: str, **fields: Any) -> JSON:
        done: JSON = self._edited(calendar, lambda e: e.patch(key, fields, conference=True))
        return done

    def make_links_late(self, calendar: str) -> None:
        """Let meetings of events be asked for and not be made yet."""
        with self._lock:
            self._world.calendars[calendar].makes_links_late = True

    def make_links_now(self, calendar: str) -> None:
        """Make the meetings that were asked for."""
        with self._lock:
            found = self._world.calendars[calendar]
            found.makes_links_late = False
            for row in list(found.rows.values()):
                hold_conference(row, is_late=False)
                found.put(row, self._clock.stamp())

    def delete_event(self, calendar: str, key: str) -> None:
        self._edited(calendar, lambda events: events.delete(key))

    def row(self, calendar: str, key: str) -> JSON:
        """Return an event as it stands, deleted or not."""
        with self._lock:
            return dict(Events(self._world.calendars[calendar], self._clock).get(key))

    def rows(self, calendar: str) -> list[JSON]:
        """Return the events that exist, exceptions as rows of their own."""
        with self._lock:
            kept = self._world.calendars[calendar].rows.values()
            return [dict(row) for row in kept if row["status"] != "cancelled"]

    def _edited(self, calendar: str, edit: Any) -> Any:
        with self._lock:
            done = edit(Events(self._world.calendars[calendar], self._clock))
            self._calendars.ring(calendar)
            return done

    # What goes wrong

    def fail_next(self, route: str, act: Act = Act.STATUS, **details: Any) -> Fault:
        """Let the next call of a route go wrong; `times=None` for all that follow."""
        return self._faults.add(Fault(act=act, route=route, **details))

    def expire_cursors(self, calendar: str) -> None:
        """Forget what changed: every sync token of the calendar is refused with 410."""
        with self._lock:
            self._world.calendars[calendar].generation += 1

    def limit_pages(self, size: int) -> None:
        self._calendars.page_size = size

    def hide_busy_events(self) -> None:
        """Let calendars that show free/busy only refuse to list events."""
        self._calendars.hides_busy_events = True

    @property
    def deeds(self) -> Mapping[str, Callable[..., Any]]:
        """Return what can be asked for from another process, by name."""
        return {
            "add_calendar": self.add_calendar,
            "share": self.share,
            "unshare": self.unshare,
            "sign_in": self.sign_in,
            "revoke": self.revoke,
            "expire_access_tokens": self.expire_access_tokens,
            "expire_cursors": self.expire_cursors,
            "add_event": self.add_event,
            "edit_event": self.edit_event,
            "delete_event": self.delete_event,
        }

    # What happened

    @property
    def journal(self) -> list[Write]:
        """Return the writes that were accepted."""
        return list(self._world.journal)

    @property
    def mails(self) -> list[Mail]:
        """Return the mails that guests would have received."""
        return list(self._world.mails)

    @property
    def channels(self) -> list[str]:
        return list(self._calendars.channels)

    def token_of(self, channel: str) -> str:
        """Return the secret that every push of a channel carries."""
        return self._calendars.channels[channel].token
