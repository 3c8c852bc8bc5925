"""Accounts are made once, changed by their owner, and never told apart by strangers."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.accounts.models import User
from booking.accounts.service import AccountService, EmailTaken
from booking.accounts.values import UserView
from booking.core.clock import FrozenClock
from booking.core.errors import InvalidInput, NotFound, SlugTaken, Unauthorized
from booking.db import reading, writing
from booking.security.passwords import Passwords

PASSWORD = "correct horse"
MY_SCHEDULE = 77
Make = Callable[..., UserView]


@pytest.fixture
def accounts(app: Flask, clock: FrozenClock) -> AccountService:
    return AccountService(clock, Passwords(), lambda _session, _user, found: found == MY_SCHEDULE)


@pytest.fixture
def make(accounts: AccountService) -> Make:
    def create(
        email: str = "some@example.org", username: str = "some", time_zone: str = "Europe/Berlin"
    ) -> UserView:
        return accounts.create_user(
            email=email, username=username, name="Some", time_zone=time_zone, password=PASSWORD
        )

    return create


def slots_version(user: UserView) -> int:
    with reading() as session:
        return session.scalars(select(User.slots_version).where(User.id == user.id)).one()


def test_a_new_account_can_be_read(accounts: AccountService, make: Make) -> None:
    user = make(email="Some@Example.org", username="Some")

    assert accounts.get(user.id) == user
    assert accounts.find_by_username("SOME") == user
    assert accounts.find_by_stamp(user.login_stamp) == user
    assert (user.email, user.username, user.on_calendar_change) == (
        "some@example.org",
        "some",
        "ask",
    )


def test_an_existing_account_is_never_touched(accounts: AccountService, make: Make) -> None:
    user = make()

    with pytest.raises(EmailTaken):
        make(email="SOME@example.org", username="eve")

    assert accounts.get(user.id) == user


def test_a_username_has_one_owner(make: Make) -> None:
    make()

    with pytest.raises(SlugTaken):
        make(email="eve@example.org")


def test_every_fault_of_a_new_account_is_told(accounts: AccountService) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts.create_user(email="x", username="login", name=" ", time_zone="Mars/Base")

    pointers = {fault.pointer for fault in caught.value.fields}
    assert pointers == {"/email", "/username", "/name", "/time_zone"}


def test_of_many_who_race_for_an_address_one_gets_it(app: Flask, make: Make) -> None:
    made: list[bool] = []

    def attempt(number: int) -> None:
        with app.app_context():
            try:
                make(username=f"some{number}")
            except SlugTaken:
                made.append(False)
            else:
                made.append(True)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made.count(True) == 1


def test_a_disabled_account_is_gone(
    accounts: AccountService, make: Make, clock: FrozenClock
) -> None:
    user = make()
    with writing() as session:
        session.execute(update(User).values(disabled_at=clock.now()))

    with pytest.raises(NotFound):
        accounts.get(user.id)
    assert accounts.find_by_stamp(user.login_stamp) is None
    assert accounts.find_by_username("some") is None


def test_only_the_given_fields_change(accounts: AccountService, make: Make) -> None:
    user = make()

    changed = accounts.change_profile(user.id, {"name": " Some  L. "})

    assert changed.name == "Some L."
    assert changed.time_zone == user.time_zone


@pytest.mark.parametrize(
    "fields",
    [
        {"buffer_minutes": 1441},
        {"buffer_minutes": -1},
        {"buffer_minutes": True},
        {"time_zone": "../etc/passwd"},
        {"locale": "e\n"},
        {"on_calendar_change": "never"},
        {"email": "eve@example.org"},
        {"is_admin": True},
        {"default_schedule_id": 78},
        {"name": ""},
    ],
)
def test_unfit_fields_are_refused(
    accounts: AccountService, make: Make, fields: dict[str, object]
) -> None:
    user = make()

    with pytest.raises(InvalidInput):
        accounts.change_profile(user.id, fields)

    assert accounts.get(user.id) == user


def test_the_default_schedule_is_the_hosts_own_or_none(
    accounts: AccountService, make: Make
) -> None:
    user = make()

    chosen = accounts.change_profile(user.id, {"default_schedule_id": MY_SCHEDULE})
    cleared = accounts.change_profile(user.id, {"default_schedule_id": None})

    assert (chosen.default_schedule_id, cleared.default_schedule_id) == (MY_SCHEDULE, None)


def test_another_hosts_username_stays_theirs(accounts: AccountService, make: Make) -> None:
    make()
    eve = make(email="eve@example.org", username="eve")

    with pytest.raises(SlugTaken):
        accounts.change_profile(eve.id, {"username": "some"})
    assert accounts.change_profile(eve.id, {"username": "eve"}).username == "eve"


def test_what_changes_slots_raises_their_version(accounts: AccountService, make: Make) -> None:
    user = make()

    accounts.change_profile(user.id, {"name": "Eve"})
    before = slots_version(user)
    accounts.change_profile(user.id, {"buffer_minutes": 10})

    assert (before, slots_version(user)) == (0, 1)


def test_a_new_password_ends_every_login(accounts: AccountService, make: Make) -> None:
    user = make()

    changed = accounts.change_password(user.id, PASSWORD, "battery staple")

    assert accounts.find_by_stamp(user.login_stamp) is None
    assert accounts.find_by_stamp(changed.login_stamp) is not None


def test_changing_a_password_takes_the_old_one(accounts: AccountService, make: Make) -> None:
    user = make()

    with pytest.raises(Unauthorized):
        accounts.change_password(user.id, "guessed", "battery staple")
    with pytest.raises(InvalidInput):
        accounts.change_password(user.id, PASSWORD, "short")

    assert accounts.find_by_stamp(user.login_stamp) is not None


def test_an_address_is_changed_with_the_password(accounts: AccountService, make: Make) -> None:
    make()
    eve = make(email="eve@example.org", username="eve")

    with pytest.raises(Unauthorized):
        accounts.change_email(eve.id, "guessed", "new@example.org")
    with pytest.raises(EmailTaken):
        accounts.change_email(eve.id, PASSWORD, "SOME@example.org")

    assert accounts.change_email(eve.id, PASSWORD, "New@Example.org").email == "new@example.org"


def test_logins_can_be_ended(accounts: AccountService, make: Make) -> None:
    user = make()

    accounts.end_logins(user.id)

    assert accounts.find_by_stamp(user.login_stamp) is None
