"""Connecting accounts at calendar providers: discover, keep, reconnect, leave.

Providers are asked outside any transaction; what they answered is stored in one. Which calendars
count is left to `selection`, their contents to `refresh`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from booking.accounts.announcements import Announce, announce_to_nobody
from booking.accounts.hosts import AccountHosts
from booking.accounts.notices import TellHost, tell_nobody
from booking.calendars import connection_rows as rows
from booking.calendars import health, refresh_jobs, store
from booking.calendars.models import Calendar, Connection, ConnectionStatus
from booking.calendars.ports import CalendarProvider, RemoteCalendar
from booking.calendars.values import CalendarView, ConnectionView, DisconnectEffect, SignIn
from booking.core.clock import Clock
from booking.core.errors import (
    BadAnswer,
    BookingError,
    BreakerOpen,
    Conflict,
    InvalidInput,
    Unsupported,
)
from booking.core.text import clean_line
from booking.db import reading, writing
from booking.queue import outbox
from booking.security.cipher import Cipher, SealBroken, place
from booking.security.outbound import within

FEED = "ics"
CALDAV = "caldav"
_HOSTS = AccountHosts()
_FAREWELL_SECONDS = 5.0
_NO_NEW = {
    CALDAV: "Calendars cannot be created on this server from here. Create it there, then press "
    "Refresh.",
    "google": "Google was not asked yet whether we may create calendars. Press “Allow creating "
    "calendars” under Settings, Calendars, then create it.",
}


def no_new_calendars(provider: str) -> Unsupported:
    """Return why no calendar can be made at a connection, and what to do instead."""
    return Unsupported(_NO_NEW.get(provider, _NO_NEW[CALDAV]), step="create_calendar")


def _nothing_to_give_back(sign_in: SignIn) -> None:
    del sign_in


def _nobody_to_tell(session: Session, connection_id: int) -> None:
    del session, connection_id


def _nothing_to_stop(connection_id: int) -> None:
    del connection_id


class ProviderSource(Protocol):
    """Opens accounts: the one place that knows which providers there are."""

    def open(self, sign_in: SignIn) -> CalendarProvider:
        """Return the provider for an account, without asking it anything yet.

        Errors: InvalidInput for a provider or preset that does not exist.
        """
        ...


class ConnectionService:
    """Connections of hosts, always asked for by their owner."""

    def __init__(
        self,
        *,
        providers: ProviderSource,
        cipher: Cipher,
        clock: Clock,
        farewell: Callable[[SignIn], None] = _nothing_to_give_back,
        tell_host: TellHost = tell_nobody,
        announce: Announce = announce_to_nobody,
        leaving: Callable[[Session, int], None] = _nobody_to_tell,
    ) -> None:
        """Take what opens accounts, what gives back access, and who is told of trouble.

        `leaving` hears of a connection in the unit that removes it, before it is gone.
        """
        self._providers = providers
        self._cipher = cipher
        self._clock = clock
        self._farewell = farewell
        self._tell_host = tell_host
        self._announce = announce
        self._leaving = leaving
        self.before_leaving: Callable[[int], None] = _nothing_to_stop
        """Called with the connection that is about to be removed, while it can still be used."""

    def connect_caldav(
        self, user_id: int, preset: str, url: str, username: str, password: str
    ) -> ConnectionView:
        """Sign in, find the calendars, and keep the connection; nothing is selected yet.

        Connecting an account that is connected already renews its password instead.
        Errors: ReconnectRequired for a refused password, Unreachable, BadAnswer and the other
        ProviderErrors with the step that failed; InvalidInput for an empty field.
        """
        sign_in = SignIn(
            provider=CALDAV, preset=preset, url=url.strip(), username=username, secret=password
        )
        _require(sign_in.url, "/url", "Enter the address of your calendar server.")
        _require(username, "/username", "Enter the user name of your calendar account.")
        _require(password, "/password", "Enter the password, best an app password.")
        return self.connect(user_id, sign_in)

    def connect_feed(self, user_id: int, url: str) -> ConnectionView:
        """Read a published calendar (iCalendar over https) as a source of busy times.

        Such addresses are secrets: the whole of it is sealed, only its host is kept readable.
        Errors: as for `connect_caldav`.
        """
        address = url.strip()
        _require(address, "/url", "Enter the address of the calendar feed.")
        shown = urlsplit(address)
        return self.connect(
            user_id,
            SignIn(
                provider=FEED,
                preset=FEED,
                url=f"{shown.scheme}://{shown.hostname or ''}/…",
                secret=address,
            ),
        )

    def connect(self, user_id: int, sign_in: SignIn) -> ConnectionView:
        """Discover an account and keep it; one that is connected already gets the new secret.

        Errors: as for `connect_caldav`.
        """
        found = rows.discover(self._providers.open(sign_in))
        with writing() as session:
            row = rows.same_account(session, user_id, sign_in, found) or rows.add(
                session, user_id, sign_in, now=self._clock.now()
            )
            rows.keep(row, sign_in, found, self._clock.now())
            row.secret = self._seal(row.id, sign_in.secret)
            rows.recovered(row, self._clock.now())
            rows.merge_calendars(session, row.id, found.calendars, self._clock.now())
            return rows.connection_view(row)

    def secret_of_account(
        self, user_id: int, sign_in: SignIn, connection_id: int | None
    ) -> str | None:
        """Return the secret kept for the account that `sign_in` opens, or for that connection.

        Errors: NotFound; ReconnectRequired where it cannot be read; ProviderError.
        """
        account = None if connection_id else self._providers.open(sign_in).account()
        with reading() as session:
            for row in store.connections_of(session, user_id):
                is_it = row.id == connection_id if account is None else row.account == account.key
                if is_it and row.provider == sign_in.provider:
                    kept = store.connection_with_secret(session, row.id)
                    return self._cipher.open(kept.secret, _place(row.id)) if kept.secret else None
        return None

    def list(self, user_id: int) -> tuple[ConnectionView, ...]:
        """Return a user's connections, the oldest first."""
        with reading() as session:
            return tuple(
                rows.connection_view(row) for row in store.connections_of(session, user_id)
            )

    def get(self, user_id: int, connection_id: int) -> ConnectionView:
        """Return one of the user's connections.

        Errors: NotFound where it is unknown or another's.
        """
        with reading() as session:
            return rows.connection_view(store.get_connection(session, user_id, connection_id))

    def calendars(self, user_id: int, connection_id: int) -> tuple[CalendarView, ...]:
        """Return the calendars of a connection and what each is used for.

        Those that are gone from the provider are listed only while something hangs on them.
        Errors: NotFound.
        """
        with reading() as session:
            store.get_connection(session, user_id, connection_id)
            return rows.calendar_views(session, user_id, connection_id)

    def create_calendar(
        self, user_id: int, connection_id: int, name: str, color: str | None
    ) -> CalendarView:
        """Make a calendar at the provider; `color` is `#RRGGBB`.

        Errors: NotFound; InvalidInput; Unsupported where the server cannot; ProviderError.
        """
        title = clean_line(name)
        _require(title, "/name", "Give the calendar a name.")
        view = self.get(user_id, connection_id)
        if not view.can_create_calendars:
            raise no_new_calendars(view.provider)
        remote = self.open_provider(connection_id).create_calendar(title, color)
        with writing() as session:
            store.get_connection(session, user_id, connection_id)
            row = rows.put_calendar(session, connection_id, remote, self._clock.now())
            return rows.calendar_view(row, selection=None, is_destination=False)

    def can_create(self, connection_id: int) -> bool:
        """Tell whether calendars can be created at this connection's server."""
        with reading() as session:
            row = store.find_connection(session, connection_id)
            return row is not None and rows.can_create(row)

    def reconnect(self, user_id: int, connection_id: int, password: str) -> ConnectionView:
        """Renew the password; calendars, selections and destination stay.

        Errors: NotFound; ReconnectRequired where it is refused; Conflict where it opens another
        account; ProviderError.
        """
        _require(password, "/password", "Enter the password, best an app password.")
        with reading() as session:
            row = store.get_connection(session, user_id, connection_id)
            sign_in = rows.sign_in_of(row, password)
        found = rows.discover(self._providers.open(sign_in))
        with writing() as session:
            row = store.get_connection(session, user_id, connection_id)
            if row.account and found.account.key != row.account:
                raise Conflict(
                    "These credentials open another account. Connect it as a new one instead."
                )
            rows.keep(row, sign_in, found, self._clock.now())
            row.secret = self._seal(row.id, password)
            rows.recovered(row, self._clock.now())
            rows.merge_calendars(session, row.id, found.calendars, self._clock.now())
            rows.ask_refreshes(session, row.id, self._clock.now())
            return rows.connection_view(row)

    def effect_of_disconnect(self, user_id: int, connection_id: int) -> DisconnectEffect:
        """Tell what disconnecting would change, before it is done.

        Errors: NotFound.
        """
        with reading() as session:
            row = store.get_connection(session, user_id, connection_id)
            views = rows.calendar_views(session, user_id, connection_id)
            blocking = store.selected_among(session, [view.id for view in views])
        return DisconnectEffect(
            connection=rows.connection_view(row),
            calendars=tuple(view.name for view in views),
            blocking=tuple(view.name for view in views if view.id in blocking),
            destination=next((view.name for view in views if view.destination), None),
        )

    def disconnect(self, user_id: int, connection_id: int) -> None:
        """Delete the credentials and all we know of the account; nothing is changed there.

        Events that were written stay in the calendar as they are. Access that a provider granted
        is given back, if it can be reached within a few seconds.
        Errors: NotFound.
        """
        self.get(user_id, connection_id)
        self.before_leaving(connection_id)
        with writing() as session:
            store.get_connection(session, user_id, connection_id)
            row = store.connection_with_secret(session, connection_id)
            sign_in = rows.sign_in_of(row, self._opened(row))
            # Giving access back would end it for every connection to this account.
            is_last = not rows.is_shared(session, row)
            self._leaving(session, connection_id)
            store.drop_connection(session, connection_id)
            _HOSTS.touch(session, user_id)
        if is_last:
            with within(_FAREWELL_SECONDS):
                self._farewell(sign_in)

    def _opened(self, row: Connection) -> str:
        """Return a connection's secret, "" where it cannot be read any more."""
        try:
            return self._cipher.open(row.secret, _place(row.id)) if row.secret else ""
        except SealBroken:
            return ""

    def relist(self, connection_id: int) -> None:
        """Read the account's list of calendars again and keep what changed.

        Calendars that vanished are marked, never deleted. An empty list where there were calendars
        is not believed.
        Errors: NotFound; ProviderError, noted in the connection's health.
        """
        try:
            calendars = self.open_provider(connection_id).list_calendars()
            self._keep_list(connection_id, calendars)
        except BookingError as error:
            self.record_failure(connection_id, error)
            raise
        self.record_success(connection_id)

    def ask_relist(self, user_id: int, connection_id: int) -> None:
        """Have the list of calendars read again in the background, whatever the breaker says.

        Errors: NotFound.
        """
        with writing() as session:
            rows.let_through(store.get_connection(session, user_id, connection_id))
            refresh_jobs.ask_relist(session, connection_id, now=self._clock.now())

    def ask_due_lists(self) -> int:
        """Have those lists read again that are a day old; return how many.

        Connections that wait for their host are asked too, so that no status is for ever.
        """
        now = self._clock.now()
        with writing() as session:
            due = [row for row in store.all_connections(session) if rows.is_listing_due(row, now)]
            for row in due:
                rows.listed(row, now)
                refresh_jobs.ask_relist(session, row.id, now=now)
        return len(due)

    def _keep_list(self, connection_id: int, calendars: Sequence[RemoteCalendar]) -> None:
        with writing() as session:
            row = store.find_connection(session, connection_id)
            if row is None:
                return
            if not calendars and _has_live(store.calendars_of(session, connection_id)):
                raise BadAnswer(
                    "The server listed no calendars any more, which is not believed. "
                    "Check the account there.",
                    provider=row.provider,
                    step="list_calendars",
                )
            rows.merge_calendars(session, connection_id, calendars, self._clock.now())
            _HOSTS.touch(session, row.user_id)

    def open_provider(self, connection_id: int) -> CalendarProvider:
        """Return the provider of a connection, signed in with its stored secret.

        Errors: NotFound where it was removed; ReconnectRequired where the secret cannot be read.
        """
        with reading() as session:
            row = store.connection_with_secret(session, connection_id)
            if row.secret is None:
                raise SealBroken
            secret = self._cipher.open(row.secret, _place(row.id))
            sign_in = replace(rows.sign_in_of(row, secret), connection_id=row.id)
        return self._providers.open(sign_in)

    def wait_until_allowed(self, connection_id: int) -> None:
        """Let a call through, or say until when the breaker keeps it waiting.

        An open breaker lets one probe a minute pass once its wait is over.
        Errors: NotFound; ReconnectRequired until the host reconnects; Throttled while it waits.
        """
        with reading() as session:
            row = store.connection_with_secret(session, connection_id)
            rows.refuse_while_closed(row, self._clock.now())
            if row.retry_at is None:
                return
        with writing() as session:
            again = store.connection_with_secret(session, connection_id)
            rows.refuse_while_closed(again, self._clock.now())
            again.retry_at = health.probe_ends(self._clock.now())

    def refuse_revoked(self, connection_id: int) -> None:
        """Raise what keeps every call from being made until the host reconnects.

        Errors: NotFound; ReconnectRequired.
        """
        with reading() as session:
            row = store.connection_with_secret(session, connection_id)
            if row.status == ConnectionStatus.RECONNECT_REQUIRED:
                rows.refuse_while_closed(row, self._clock.now())

    def record_success(self, connection_id: int) -> None:
        """Note that the account answered: the error is over, the breaker is closed."""
        with writing() as session:
            self.note_success(session, connection_id)

    def note_success(self, session: Session, connection_id: int) -> None:
        """Do so in the caller's unit."""
        now = self._clock.now()
        row = store.find_connection(session, connection_id)
        if row is None:
            return
        if row.failures:
            self._hasten(session, connection_id, now)
        rows.recovered(row, now)

    def _hasten(self, session: Session, connection_id: int, now: datetime) -> None:
        """Let what waited for the account to come back go on at once."""
        ids = [calendar.id for calendar in store.calendars_of(session, connection_id)]
        store.forget_waits(session, ids)
        outbox.hasten(session, ids, now)

    def record_failure(self, connection_id: int, error: BookingError) -> None:
        """Note a failed call; what concerns one calendar alone leaves the connection as it is.

        The connection's own words are kept: no provider's raw text reaches a page.
        """
        if not health.concerns_account(error) or isinstance(error, BreakerOpen):
            return
        now = self._clock.now()
        with writing() as session:
            row = store.find_connection(session, connection_id)
            if row is not None and row.status != ConnectionStatus.RECONNECT_REQUIRED:
                rows.failed(row, error, now)
                if row.status == ConnectionStatus.RECONNECT_REQUIRED:
                    self._tell_host(session, rows.reconnect_notice(row, now))
                if rows.is_newly_degraded(row):
                    self._announce(session, rows.degraded_announcement(row, now))

    def _seal(self, connection_id: int, secret: str) -> bytes:
        return self._cipher.seal(secret, _place(connection_id))


def secret_place(row: Connection) -> str:
    """Name where a connection's secret lives, for rotation of keys."""
    return _place(row.id)


def _place(connection_id: int) -> str:
    return place("connections", connection_id, "secret")


def _require(value: str, pointer: str, sentence: str) -> None:
    if not value.strip():
        raise InvalidInput.at(pointer, sentence)


def _has_live(calendars: Sequence[Calendar]) -> bool:
    return any(row.gone_at is None for row in calendars)
