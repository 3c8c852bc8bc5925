"""Accounts held in memory, for tests of what the house makes of a provider's answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import select

from booking.accounts.models import User
from booking.calendars.ports import (
    Account,
    CalendarProvider,
    Capabilities,
    Changes,
    Fetched,
    RemoteCalendar,
    RemoteItem,
    Written,
)
from booking.calendars.values import SignIn
from booking.core.errors import ItemGone, ReconnectRequired, Unsupported
from booking.core.event import CalendarEvent
from booking.core.ids import new_id
from booking.db import reading, writing
from booking.queue.models import Job

WORK = RemoteCalendar(key="/home/work/", name="Work", color="#0c6152", time_zone="Europe/Berlin")
TEAM = RemoteCalendar(key="/home/team/", name="Team", read_only=True)
SIGNED_IN_AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@dataclass
class MemoryAccount:
    """One account: its password, its calendars, and what its server can do."""

    password: str = "secret"
    key: str = "https://dav.example.test/home/"
    calendars: list[RemoteCalendar] = field(default_factory=lambda: [WORK, TEAM])
    can_create: bool = True
    fault: Exception | None = None


class MemoryProvider:
    """The port to a MemoryAccount; items are left out, since nothing here reads them."""

    name = "caldav"

    def __init__(self, account: MemoryAccount, secret: str) -> None:
        self._account = account
        self._secret = secret

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            can_write=True, can_create_calendar=self._account.can_create, has_cursor=False
        )

    def account(self) -> Account:
        self._answer()
        return Account(key=self._account.key, name="host@example.test", home="/home/")

    def list_calendars(self) -> tuple[RemoteCalendar, ...]:
        self._answer()
        return tuple(self._account.calendars)

    def create_calendar(self, name: str, color: str | None) -> RemoteCalendar:
        self._answer()
        if not self._account.can_create:
            raise Unsupported(provider="caldav", step="create_calendar")
        remote = RemoteCalendar(key=f"/home/{name.lower()}/", name=name, color=color)
        self._account.calendars.append(remote)
        return remote

    def changes(self, calendar: str, cursor: str | None) -> Changes:
        raise ItemGone(f"{calendar} {cursor}")

    def fetch(self, calendar: str, keys: Sequence[str]) -> Fetched:
        raise ItemGone(f"{calendar} {keys}")

    def get(self, calendar: str, key: str) -> RemoteItem:
        raise ItemGone(f"{calendar} {key}")

    def versions(self, calendar: str, keys: Sequence[str], group: str) -> Mapping[str, str | None]:
        raise ItemGone(f"{calendar} {keys} {group}")

    def key_for(self, calendar: str, name: str) -> str:
        return f"{calendar}{name}"

    def create(self, calendar: str, name: str, event: CalendarEvent) -> Written:
        raise ItemGone(f"{calendar} {name} {event}")

    def creation(self, calendar: str, name: str, event: CalendarEvent) -> Callable[[], Written]:
        return partial(self.create, calendar, name, event)

    def update(
        self,
        calendar: str,
        key: str,
        version: str | None,
        event: CalendarEvent,
        *,
        base: RemoteItem | None = None,
    ) -> Written:
        del base
        raise ItemGone(f"{calendar} {key} {version} {event}")

    def delete(self, calendar: str, key: str, version: str | None) -> None:
        raise ItemGone(f"{calendar} {key} {version}")

    def _answer(self) -> None:
        if self._account.fault is not None:
            raise self._account.fault
        if self._secret != self._account.password:
            raise ReconnectRequired("The password was refused.", provider="caldav", step="sign_in")


@dataclass
class MemoryAccounts:
    """A source of providers for one account."""

    account: MemoryAccount = field(default_factory=MemoryAccount)
    opened: list[SignIn] = field(default_factory=list)

    def open(self, sign_in: SignIn) -> CalendarProvider:
        self.opened.append(sign_in)
        return MemoryProvider(self.account, sign_in.secret)


def make_user(name: str = "host") -> int:
    """Insert a user and return the id."""
    user_id = new_id()
    with writing() as session:
        session.add(
            User(
                id=user_id,
                email=f"{name}@example.test",
                username=name,
                name=name.title(),
                time_zone="Europe/Berlin",
                login_stamp=f"stamp-{name}",
                created_at=SIGNED_IN_AT,
            )
        )
    return user_id


def slots_version(user_id: int) -> int:
    """Return how often the user's slots were declared changed."""
    with reading() as session:
        return session.scalars(select(User.slots_version).where(User.id == user_id)).one()


def jobs(kind: str) -> list[Job]:
    """Return the living jobs of a kind."""
    with reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id)))
