"""A calendar that takes no bookings for a quarter of an hour is told to its host, once a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select

from booking.core.errors import ProviderError
from booking.db import reading
from booking.mail.models import MailMessage
from tests.bookings.desk import Desk
from tests.bookings.mirrored import Mirrored, connect
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, in_front_of


@pytest.fixture
def mirrored(either_desk: Desk, radicale_account: DavAccount) -> Iterator[Mirrored]:
    with in_front_of(radicale_account.base_url) as proxy:
        yield connect(either_desk, radicale_account, proxy)


def _fail(mirrored: Mirrored, status: int = 503, **later: float) -> None:
    mirrored.desk.clock.advance(**later)
    mirrored.proxy.inject(Action.STATUS, status=status)
    with pytest.raises(ProviderError):
        mirrored.write()
    mirrored.proxy.clear()


def _told(mirrored: Mirrored, **later: float) -> Sequence[MailMessage]:
    mirrored.desk.clock.advance(**later)
    mirrored.services.telling.unwritten.tell_due()
    with reading() as session:
        return session.scalars(select(MailMessage)).all()


def test_a_host_is_told_after_a_quarter_of_an_hour_and_not_before(mirrored: Mirrored) -> None:
    mirrored.desk.book(mirrored.desk.offer(), "10:00")
    _fail(mirrored)

    assert _told(mirrored, minutes=14) == []
    (told,) = _told(mirrored, minutes=1)
    assert (told.kind, told.user_id) == ("attention", mirrored.desk.host_id)


def test_many_bookings_are_one_notice_a_day(mirrored: Mirrored) -> None:
    talk = mirrored.desk.offer()
    for start in ("10:00", "11:00", "12:00"):
        mirrored.desk.book(talk, start)
    _fail(mirrored)
    assert len(_told(mirrored, minutes=15)) == 1

    mirrored.desk.book(talk, "14:00")
    _fail(mirrored)
    assert len(_told(mirrored, hours=20)) == 1
    assert len(_told(mirrored, hours=5)) == 2


def test_what_is_written_in_time_is_no_notice(mirrored: Mirrored) -> None:
    mirrored.desk.book(mirrored.desk.offer(), "10:00")
    _fail(mirrored)
    mirrored.write()

    assert _told(mirrored, hours=1) == []


def test_an_account_that_must_be_connected_again_has_a_notice_of_its_own(
    mirrored: Mirrored,
) -> None:
    mirrored.desk.book(mirrored.desk.offer(), "10:00")
    _fail(mirrored, status=401)

    (told,) = _told(mirrored, hours=1)
    with reading() as session:
        assert session.get_one(MailMessage, told.id).created_at < mirrored.desk.clock.now()
