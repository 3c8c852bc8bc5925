"""What whoever wished for a time is told, so that the address proves to be theirs, in words."""

from __future__ import annotations

from booking.mail.languages import Tongue
from booking.mail.letter import Letter, cleaned
from booking.mail.values import AddressCheck


def write_address_check(tongue: Tongue, news: AddressCheck, link: str) -> Letter:
    """Return the letter; `link` leads to the page with the button."""
    hosts = ", ".join(host.name or host.address for host in news.hosts)
    rows = [
        (tongue.say("What"), news.title),
        (tongue.say("When"), tongue.span(news.start, news.end)),
        (tongue.say("Host"), hosts),
    ]
    return Letter(
        language=tongue.language,
        subject=f"{tongue.say('Please confirm')}: {news.title}, {tongue.moment(news.start)}",
        headline=tongue.say("Please confirm your e-mail address."),
        paragraphs=(
            tongue.say("It is no booking yet: open the link and press the button there."),
            tongue.say("The time is kept for you until: %(until)s", until=tongue.point(news.until)),
        ),
        rows=cleaned(rows),
        link=(tongue.say("Confirm the address"), link),
        footer=tongue.say("If you did not ask for this, do nothing: then nothing is booked."),
    )
