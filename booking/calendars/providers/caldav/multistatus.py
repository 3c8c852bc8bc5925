"""Reading a 207 Multi-Status (RFC 4918, 13) without believing more than it says.

The library's own reader refuses a whole answer over one odd property and forgets hosts, and it
holds the tree of everything: a listing of 20,000 objects is read here response by response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"

Element = Any


@dataclass(frozen=True, slots=True)
class Property:
    """An XML element: its tag, its own text, its attribute `name`, and the elements inside it."""

    tag: str
    text: str | None
    name: str
    children: tuple[Property, ...] = ()

    def inner(self) -> Iterator[Property]:
        """Yield every element inside it, at whatever depth."""
        for child in self.children:
            yield child
            yield from child.inner()


@dataclass(frozen=True, slots=True)
class Row:
    """One response: where, with which status, and the properties that the server could give."""

    href: str
    status: int
    props: Mapping[str, Property]

    def text(self, tag: str) -> str | None:
        """Return a property's text, None when it is absent or empty."""
        found = self.props.get(tag)
        text = None if found is None else found.text
        return text.strip() or None if text else None

    def hrefs(self, tag: str) -> tuple[str, ...]:
        """Return the addresses inside a property."""
        texts = (one.text for one in self._inside(tag) if one.tag == f"{DAV}href")
        return tuple(text.strip() for text in texts if text and text.strip())

    def children(self, tag: str) -> frozenset[str]:
        """Return the tags of the elements directly inside a property."""
        found = self.props.get(tag)
        return frozenset(child.tag for child in found.children) if found else frozenset()

    def leaves(self, tag: str) -> frozenset[str]:
        """Return the tags of the innermost elements of a property."""
        return frozenset(one.tag for one in self._inside(tag) if not one.children)

    def _inside(self, tag: str) -> Iterable[Property]:
        found = self.props.get(tag)
        return () if found is None else found.inner()


@dataclass(frozen=True, slots=True)
class Multistatus:
    """All responses of an answer, in order, and the sync token beside them."""

    rows: tuple[Row, ...]
    sync_token: str | None = None


def parse_xml(body: bytes) -> Element | None:
    """Parse XML from a stranger: no entities, no DTD, no huge trees. None if it is not XML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root is None or _has_doctype(root) else root


def read_multistatus(body: bytes, each: Callable[[Row], None] | None = None) -> Multistatus | None:
    """Read the rows of a multistatus, under the same bounds; None if this is not one.

    Each response is let go of once it is read, and what is wrong further down voids them all.
    `each` takes the rows one by one instead: a listing may have more than are worth keeping.
    """
    walk = etree.iterparse(
        BytesIO(body),
        events=("end",),
        tag=f"{DAV}response",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    rows: list[Row] = []
    take = rows.append if each is None else each
    try:
        for _, response in walk:
            parent = response.getparent()
            if parent is not None and parent.getparent() is None:
                for row in _rows(response):
                    take(row)
                response.clear(keep_tail=False)
    except (etree.XMLSyntaxError, ValueError):
        return None
    root = walk.root
    if root is None or root.tag != f"{DAV}multistatus" or _has_doctype(root):
        return None
    token = root.findtext(f"{DAV}sync-token")
    return Multistatus(tuple(rows), token.strip() or None if token else None)


def _has_doctype(root: Element) -> bool:
    return bool(root.getroottree().docinfo.doctype)


def _rows(response: Element) -> list[Row]:
    """Read one response: usually one href; a status may stand for several (RFC 4918, 14.24)."""
    status = status_code(response.findtext(f"{DAV}status"))
    props: dict[str, Property] = {}
    for propstat in response.iterchildren(f"{DAV}propstat"):
        if 200 <= status_code(propstat.findtext(f"{DAV}status")) < 300:
            for prop in propstat.iterchildren(f"{DAV}prop"):
                props.update((child.tag, child) for child in _properties(prop))
    hrefs = [href.text.strip() for href in response.iterchildren(f"{DAV}href") if href.text]
    return [Row(href, status, props) for href in hrefs]


def _properties(parent: Element) -> tuple[Property, ...]:
    """Return the elements inside one; comments and instructions have no name."""
    return tuple(
        Property(child.tag, child.text, child.get("name", ""), _properties(child))
        for child in parent
        if isinstance(child.tag, str)
    )


def status_code(line: str | None) -> int:
    """Return the number in `HTTP/1.1 404 Not Found`; 200 where no status stands."""
    parts = (line or "").split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 200
