"""Reading a 207 Multi-Status (RFC 4918, 13) without believing more than it says.

The library's own reader refuses a whole answer over one odd property and forgets hosts, so the
tree it has parsed is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"

Element = Any


@dataclass(frozen=True, slots=True)
class Row:
    """One response: where, with which status, and the properties that the server could give."""

    href: str
    status: int
    props: Mapping[str, Element]

    def text(self, tag: str) -> str | None:
        """Return a property's text, None when it is absent or empty."""
        found = self.props.get(tag)
        text = None if found is None else found.text
        return text.strip() or None if text else None

    def hrefs(self, tag: str) -> tuple[str, ...]:
        """Return the addresses inside a property."""
        found = self.props.get(tag)
        if found is None:
            return ()
        texts = (child.text for child in found.iter(f"{DAV}href"))
        return tuple(text.strip() for text in texts if text and text.strip())

    def children(self, tag: str) -> frozenset[str]:
        """Return the tags of the elements directly inside a property."""
        found = self.props.get(tag)
        return _tags(found) if found is not None else frozenset()

    def leaves(self, tag: str) -> frozenset[str]:
        """Return the tags of the innermost elements of a property."""
        found = self.props.get(tag)
        if found is None:
            return frozenset()
        return _tags(leaf for leaf in found.iter() if leaf is not found and not len(leaf))


@dataclass(frozen=True, slots=True)
class Multistatus:
    """All responses of an answer, in order, and the sync token beside them."""

    rows: tuple[Row, ...]
    sync_token: str | None = None


def _tags(elements: Iterable[Element]) -> frozenset[str]:
    """Return the names of elements; comments and instructions have none."""
    return frozenset(element.tag for element in elements if isinstance(element.tag, str))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parse_xml(body: bytes) -> Element | None:
    """Parse XML from a stranger: no entities, no DTD, no huge trees. None if it is not XML."""
    try:
        root = etree.fromstring(body, parser=_parser())
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or root.getroottree().docinfo.doctype:
        return None
    return root


def read_multistatus(root: Element) -> Multistatus | None:
    """Read the rows under a multistatus element; None if this is not one."""
    if root is None or root.tag != f"{DAV}multistatus":
        return None
    rows = []
    for response in root.iterchildren(f"{DAV}response"):
        rows.extend(_rows(response))
    token = root.findtext(f"{DAV}sync-token")
    return Multistatus(tuple(rows), token.strip() or None if token else None)


def _rows(response: Element) -> list[Row]:
    """Read one response: usually one href; a status may stand for several (RFC 4918, 14.24)."""
    status = status_code(response.findtext(f"{DAV}status"))
    props: dict[str, Element] = {}
    for propstat in response.iterchildren(f"{DAV}propstat"):
        if 200 <= status_code(propstat.findtext(f"{DAV}status")) < 300:
            for prop in propstat.iterchildren(f"{DAV}prop"):
                props.update((child.tag, child) for child in prop)
    hrefs = [href.text.strip() for href in response.iterchildren(f"{DAV}href") if href.text]
    return [Row(href, status, props) for href in hrefs]


def status_code(line: str | None) -> int:
    """Return the number in `HTTP/1.1 404 Not Found`; 200 where no status stands."""
    parts = (line or "").split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 200
