"""SQL of the accounts room; functions are named by the question they answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from booking.accounts.models import ApiKey, User
from booking.accounts.values import ApiKeyView, Scope, UserView


def find_user(session: Session, user_id: int) -> User | None:
    """Return the user who may act: disabled ones are not found."""
    return session.scalar(select(User).where(User.id == user_id, User.disabled_at.is_(None)))


def find_user_by_stamp(session: Session, stamp: str) -> User | None:
    """Return the user whose logins carry `stamp`."""
    return session.scalar(select(User).where(User.login_stamp == stamp, User.disabled_at.is_(None)))


def find_user_by_username(session: Session, username: str) -> User | None:
    """Return the user at this address."""
    return session.scalar(select(User).where(User.username == username, User.disabled_at.is_(None)))


def find_user_with_password(session: Session, user_id: int) -> User | None:
    """Return the user with the password's hash loaded."""
    return session.scalar(
        select(User)
        .where(User.id == user_id, User.disabled_at.is_(None))
        .options(undefer(User.password_hash))
    )


def find_login(session: Session, email: str) -> User | None:
    """Return the user with this normalised address, password hash loaded."""
    return session.scalar(
        select(User)
        .where(User.email == email, User.disabled_at.is_(None))
        .options(undefer(User.password_hash))
    )


def is_email_taken(session: Session, email: str) -> bool:
    """Tell whether any account, disabled ones too, has this normalised address."""
    return session.scalar(select(User.id).where(User.email == email)) is not None


def is_username_taken(session: Session, username: str, except_user: int | None = None) -> bool:
    """Tell whether another account, disabled ones too, has this username."""
    owner = session.scalar(select(User.id).where(User.username == username))
    return owner is not None and owner != except_user


def keys_of(session: Session, user_id: int) -> tuple[ApiKey, ...]:
    """Return the user's living keys, oldest first."""
    mine = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    return tuple(session.scalars(mine.order_by(ApiKey.id)))


def find_key(session: Session, user_id: int, key_id: int) -> ApiKey | None:
    """Return one living key of this user."""
    return session.scalar(
        select(ApiKey).where(
            ApiKey.id == key_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)
        )
    )


def find_key_by_prefix(session: Session, prefix: str) -> ApiKey | None:
    """Return the living key with this prefix, of a user who may act, its hash loaded."""
    return session.scalar(
        select(ApiKey)
        .join(User, User.id == ApiKey.user_id)
        .where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None), User.disabled_at.is_(None))
        .options(undefer(ApiKey.secret_hash))
    )


def touch_key(session: Session, key_id: int, now: datetime) -> None:
    """Note that the key was used."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))


def user_view(user: User) -> UserView:
    """Return the row as a value."""
    return UserView(
        id=user.id,
        email=user.email,
        username=user.username,
        name=user.name,
        time_zone=user.time_zone,
        locale=user.locale,
        is_admin=user.is_admin,
        buffer_minutes=user.buffer_minutes,
        default_schedule_id=user.default_schedule_id,
        on_calendar_change=user.on_calendar_change,
        created_at=user.created_at,
        login_stamp=user.login_stamp,
    )


def key_view(key: ApiKey) -> ApiKeyView:
    """Return the row as a value, without its hash."""
    return ApiKeyView(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=tuple(Scope(scope) for scope in key.scopes),
        created_at=key.created_at,
        last_used_at=key.last_used_at,
    )
