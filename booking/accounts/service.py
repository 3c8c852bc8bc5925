"""Accounts: making them, reading them, changing their profile and password.

Signing in is `booking.accounts.signin`, API keys are `booking.accounts.keys`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from booking.accounts import store
from booking.accounts.models import User
from booking.accounts.names import checked_username, normal_email
from booking.accounts.values import UserView
from booking.core.clock import Clock
from booking.core.errors import InvalidInput, NotFound, SlugTaken, Unauthorized
from booking.core.intake import Field, choice, gathered, line, read_object, whole, zone_name
from booking.db import reading, writing
from booking.security import audit
from booking.security.passwords import Passwords, check_new_password
from booking.security.tokens import new_token

OwnsSchedule = Callable[[Session, int, int], bool]
"""Tells whether (user id, schedule id) belong together; schedules live in a lower room."""

MOST_BUFFER_MINUTES: Final = 1440
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")
_SLOT_RULES: Final = frozenset({"time_zone", "buffer_minutes", "default_schedule_id"})
_LARGEST_ID = 2**63 - 1


class EmailTaken(SlugTaken):
    """Another account has this address. Only those who may know it are told."""

    default_message = "An account with this e-mail address exists already."


def _locale(value: object, pointer: str) -> str:
    if isinstance(value, str) and _LOCALE.fullmatch(value) and len(value) <= 16:
        return value
    raise InvalidInput.at(pointer, "Must be a language tag like en or pt-BR.")


def _username(value: object, pointer: str) -> str:
    return checked_username(line(200)(value, pointer), pointer)


_PROFILE: Final[dict[str, Field]] = {
    "username": Field(read=_username),
    "name": Field(read=line(200, least=1)),
    "time_zone": Field(read=zone_name),
    "locale": Field(read=_locale),
    "buffer_minutes": Field(read=whole(0, MOST_BUFFER_MINUTES)),
    "default_schedule_id": Field(read=whole(1, _LARGEST_ID), nullable=True),
    "on_calendar_change": Field(read=choice("ask", "follow", "restore")),
}


class AccountService:
    """One method is one transaction."""

    def __init__(self, clock: Clock, passwords: Passwords, owns_schedule: OwnsSchedule) -> None:
        self._clock = clock
        self._passwords = passwords
        self._owns_schedule = owns_schedule

    def create_user(
        self,
        *,
        email: str,
        username: str,
        name: str,
        time_zone: str,
        locale: str = "en",
        password: str | None = None,
        is_admin: bool = False,
    ) -> UserView:
        """Make an account; an existing one is never touched.

        Without a password nobody can sign in to it.
        Errors: InvalidInput, EmailTaken, SlugTaken (the username).
        """
        user = _checked(email, username, name, time_zone, locale)
        if password is not None:
            check_new_password(password)
            user.password_hash = self._passwords.hash(password)
        user.is_admin = is_admin
        user.created_at = self._clock.now()
        try:
            with writing() as session:
                if store.is_email_taken(session, user.email):
                    raise EmailTaken
                if store.is_username_taken(session, user.username):
                    raise SlugTaken
                session.add(user)
                session.flush()
                audit.record(session, user.created_at, "system", "user.created", f"user:{user.id}")
        except IntegrityError:
            # Another process made the same account between our look and our insert.
            raise SlugTaken from None
        return store.user_view(user)

    def get(self, user_id: int) -> UserView:
        """Return the account. Errors: NotFound, also for a disabled one."""
        with reading() as session:
            return store.user_view(_found(store.find_user(session, user_id)))

    def find_by_username(self, username: str) -> UserView | None:
        """Return the account at this address, if there is one that may be used."""
        with reading() as session:
            user = store.find_user_by_username(session, username.lower())
            return store.user_view(user) if user else None

    def find_by_stamp(self, stamp: str) -> UserView | None:
        """Return whose login this is: what the cookie says is checked here on every request."""
        with reading() as session:
            user = store.find_user_by_stamp(session, stamp)
            return store.user_view(user) if user else None

    def change_profile(self, user_id: int, fields: Mapping[str, object]) -> UserView:
        """Change the given fields: those of `/me`, without the e-mail address.

        Errors: InvalidInput, SlugTaken, NotFound.
        """
        changes = read_object(_PROFILE, fields, change=True)
        try:
            with writing() as session:
                user = _found(store.find_user(session, user_id))
                self._check_references(session, user_id, changes)
                _apply(user, changes)
                names = ",".join(sorted(changes))
                self._tell(session, user_id, "profile.changed", fields=names)
        except IntegrityError:
            raise SlugTaken from None
        return store.user_view(user)

    def change_password(self, user_id: int, current: str, new: str) -> UserView:
        """Set another password and end every login, this one too (the answer has a new stamp).

        Errors: Unauthorized where `current` is wrong, InvalidInput for an unfit new one.
        """
        check_new_password(new, "/new_password")
        self._confirm(user_id, current)
        hashed = self._passwords.hash(new)
        with writing() as session:
            user = _found(store.find_user(session, user_id))
            user.password_hash = hashed
            user.login_stamp = new_token()
            self._tell(session, user_id, "password.changed")
        return store.user_view(user)

    def change_email(self, user_id: int, current: str, email: str) -> UserView:
        """Set another address to sign in with.

        Errors: Unauthorized where the password is wrong, InvalidInput, EmailTaken.
        """
        address = normal_email(email)
        self._confirm(user_id, current)
        try:
            with writing() as session:
                user = _found(store.find_user(session, user_id))
                if address != user.email and store.is_email_taken(session, address):
                    raise EmailTaken
                user.email = address
                self._tell(session, user_id, "email.changed")
        except IntegrityError:
            raise EmailTaken from None
        return store.user_view(user)

    def end_logins(self, user_id: int) -> UserView:
        """End every login of the user; the answer has the new stamp."""
        with writing() as session:
            user = _found(store.find_user(session, user_id))
            user.login_stamp = new_token()
            self._tell(session, user_id, "logins.ended")
        return store.user_view(user)

    def confirm_password(self, user_id: int, password: str) -> None:
        """Prove that it is the user who asks. Errors: Unauthorized where the password is wrong."""
        self._confirm(user_id, password)

    def _confirm(self, user_id: int, password: str) -> None:
        with reading() as session:
            user = _found(store.find_user_with_password(session, user_id))
        if not self._passwords.verify(user.password_hash, password):
            raise Unauthorized("The current password is not right.")

    def _check_references(self, session: Session, user_id: int, changes: Mapping[str, Any]) -> None:
        username = changes.get("username")
        if username is not None and store.is_username_taken(session, username, user_id):
            raise SlugTaken
        schedule = changes.get("default_schedule_id")
        if schedule is not None and not self._owns_schedule(session, user_id, schedule):
            raise InvalidInput.at("/default_schedule_id", "There is no such schedule.")

    def _tell(self, session: Session, user_id: int, action: str, **details: audit.Detail) -> None:
        name = f"user:{user_id}"
        audit.record(session, self._clock.now(), name, action, name, **details)


def _checked(email: str, username: str, name: str, time_zone: str, locale: str) -> User:
    readers: list[Callable[[], Any]] = [
        lambda: normal_email(email),
        lambda: checked_username(username),
        lambda: line(200, least=1)(name, "/name"),
        lambda: zone_name(time_zone, "/time_zone"),
        lambda: _locale(locale, "/locale"),
    ]
    address, slug, label, zone, language = gathered(readers)
    return User(
        email=address,
        username=slug,
        name=label,
        time_zone=zone,
        locale=language,
        login_stamp=new_token(),
    )


def _apply(user: User, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(user, name, value)
    if _SLOT_RULES & changes.keys():
        user.slots_version += 1


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound
    return user
