"""Descriptions: Google keeps HTML, the house plain text.

Leaves to others: keeping the HTML where the text did not change (`event_out`).
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from booking.core.text import clean_text

_TAG = re.compile(
    r"<(?:br|p|b|i|u|a|ul|ol|li|div|span|strong|em|html-blob)\b[^>]*/?>", re.IGNORECASE
)
_BLOCKS = frozenset({"p", "div", "ul", "ol", "li", "tr", "h1", "h2", "h3", "h4"})
_MANY_LINES = re.compile(r"\n{3,}")


class _Text(HTMLParser):
    """Collects what a page would show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "br" or (tag in _BLOCKS and self.parts):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS and tag != "li":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(text: str) -> str:
    """Return a description as plain text; one without known tags is plain already."""
    if not _TAG.search(text):
        return clean_text(text)
    reader = _Text()
    reader.feed(text)
    reader.close()
    return _MANY_LINES.sub("\n\n", clean_text("".join(reader.parts)))
