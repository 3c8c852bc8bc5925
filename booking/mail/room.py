"""The mail room as the rest of the house uses it, made from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from booking.core.clock import Clock
from booking.mail.delivery import MailDelivery
from booking.mail.notices import HostNotices
from booking.mail.outbox import MailOutbox
from booking.mail.smtp import relay_of
from booking.mail.values import House, Person
from booking.security.cipher import Cipher
from booking.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRoom:
    """What keeps mails, what sends them, what tells hosts of trouble, and whom mails come from."""

    outbox: MailOutbox
    delivery: MailDelivery
    notices: HostNotices
    sender: Person


def mail_room(settings: Settings, clock: Clock, cipher: Cipher) -> MailRoom:
    """Build the room. Without a server mails are only kept, so any sender will do."""
    domain = urlsplit(settings.base_url).hostname or "localhost"
    name, address = parseaddr(settings.mail_from)
    sender = Person(address=address or f"booking@{domain}", name=name or "Booking")
    url = settings.smtp_url
    relay = relay_of(url, settings.provider_ca_bundle) if url else None
    house = House(sender=sender, domain=domain)
    outbox = MailOutbox(clock=clock, cipher=cipher, house=house, is_configured=bool(url))
    return MailRoom(
        outbox=outbox,
        delivery=MailDelivery(relay=relay, sender=sender.address, cipher=cipher, clock=clock),
        notices=HostNotices(outbox=outbox, base_url=settings.base_url),
        sender=sender,
    )
