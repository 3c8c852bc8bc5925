"""iCalendar text as blocks of content lines, and back.

A block keeps every line it was given, known to us or not, so that a body can be changed and
returned with nothing lost. Content lines are split, unescaped and folded by the icalendar library;
its component parser stays unused, because it keeps every VTIMEZONE of a stranger in a table of the
whole process and expands its rules without a bound.

Leaves to others: what the lines mean. Source: RFC 5545, 3.1 and 3.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from icalendar.parser import Contentline, Parameters
from icalendar.parser.property import unescape_backslash

_SHORT = 75  # octets, from which on the library folds
MOST_CHARACTERS = 10 * 1024 * 1024
DEEPEST = 8

_OPENING = frozenset("BbEe \t")  # what a BEGIN or an END can start with
_NAME = re.compile(r"[ \t]*([A-Za-z0-9-]+)[ \t]*(?=[;:])")
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FOLD = re.compile(r"\n[ \t]")
_FOLD_BYTES = re.compile(rb"\r?\n[ \t]")


class BadObject(ValueError):
    """An object that cannot be understood; the message says why, and holds none of its content."""


class Property(NamedTuple):
    """One content line: its upper-case name, its parameters and its value as written."""

    name: str
    parameters: Parameters
    value: str

    @property
    def text(self) -> str:
        """The value of a TEXT property, unescaped."""
        return str(unescape_backslash(self.value)) if "\\" in self.value else self.value

    def parameter(self, name: str) -> str:
        """Return a parameter, the first value of several, "" if it is not there."""
        value = self.parameters.get(name, "")
        return str(value[0] if isinstance(value, list) and value else value or "")


@dataclass(slots=True)
class Block:
    """A component: its name, its own unfolded lines in order, and the components inside it."""

    name: str
    lines: list[str] = field(default_factory=list)
    children: list[Block] = field(default_factory=list)
    _sorted: dict[str, list[str]] = field(default_factory=dict, compare=False, repr=False)
    _sorted_from: tuple[list[str] | None, int] = field(default=(None, 0), compare=False, repr=False)

    def named(self, name: str) -> list[Block]:
        """Return the components directly inside it that have this name."""
        return [child for child in self.children if child.name == name]

    def find(self, name: str) -> Property | None:
        """Return the first property of this name. Errors: BadObject if it cannot be split."""
        lines = self._by_name().get(name)
        return split(lines[0]) if lines else None

    def each(self, name: str) -> Iterator[Property]:
        """Yield every property of this name. Errors: BadObject for one that cannot be split."""
        for line in self._by_name().get(name, ()):
            yield split(line)

    def _by_name(self) -> dict[str, list[str]]:
        """Return the lines by name, sorted anew where lines came, went, or became others."""
        known, number = self._sorted_from
        if known is not self.lines or number != len(self.lines):
            self._sorted, self._sorted_from = {}, (self.lines, len(self.lines))
            for line in self.lines:
                self._sorted.setdefault(name_of(line), []).append(line)
        return self._sorted

    def find_text(self, name: str) -> str:
        """Return a TEXT property unescaped, "" if it is not there or cannot be split."""
        try:
            found = self.find(name)
        except BadObject:
            return ""
        return found.text if found else ""


def name_of(line: str) -> str:
    """Return the upper-case name of a line, "" if it has none."""
    match = _NAME.match(line)
    return match.group(1).upper() if match else ""


def split(line: str) -> Property:
    """Split a content line. Errors: BadObject."""
    head, colon, value = line.partition(":")
    try:
        if colon and '"' not in head and "\\" not in head:
            parameters = _parameters(head)
        else:
            _, parameters, value = _content_line(line).raw_parts()
    except ValueError:
        raise BadObject(f"a {name_of(line)} line cannot be read") from None
    return Property(name=name_of(line), parameters=parameters, value=value.strip())


@lru_cache(maxsize=512)
def _parameters(head: str) -> Parameters:
    """Return what stands before a value that no quote can hide; for reading only, it is shared."""
    return _content_line(f"{head}:").raw_parts()[1]


def decoded(body: bytes) -> str:
    """Return the text of a body as it came over the wire.

    Folded lines are joined first, since a fold may lie inside a character. What is not UTF-8 is
    read as Windows-1252, the other encoding that exporters use. A byte order mark is dropped.
    """
    joined = _FOLD_BYTES.sub(b"", body)
    try:
        return joined.decode("utf-8-sig")
    except UnicodeDecodeError:
        return joined.decode("cp1252", errors="replace")


def blocks_of(text: str) -> list[Block]:
    """Return the VCALENDAR blocks of a text.

    Line ends may be CRLF, LF or CR. Control characters and lone surrogates go. An END that is
    missing inside is supplied, a stray one left out.
    Errors: BadObject for a text that is no calendar, is cut off, or goes too deep.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadObject("the calendar is larger than 10 MiB")
    clean = _UNWANTED.sub("", text.removeprefix("\ufeff"))
    unified = clean.replace("\r\n", "\n").replace("\r", "\n")
    root = Block("")
    stack = [root]
    for line in _FOLD.sub("", unified).split("\n"):
        if line.strip():
            _take(line, stack)
    if len(stack) > 1:
        raise BadObject("the calendar is cut off before its end")
    found = root.named("VCALENDAR")
    if not found:
        raise BadObject("this is no calendar")
    return found


def block_of(lines: Iterable[str]) -> Block:
    """Return the one component that unfolded lines describe, its BEGIN and END among them."""
    root = Block("")
    stack = [root]
    for line in filter(None, lines):
        _take(line, stack)
    return root.children[0]


def _take(line: str, stack: list[Block]) -> None:
    name = name_of(line) if line[:1] in _OPENING else ""
    if name == "BEGIN":
        if len(stack) > DEEPEST:
            raise BadObject("the calendar's components are nested too deeply")
        block = Block(_component(line))
        stack[-1].children.append(block)
        stack.append(block)
    elif name == "END":
        ended = _component(line)
        if ended in [block.name for block in stack[1:]]:
            while stack.pop().name != ended:
                pass
    else:
        stack[-1].lines.append(line)


def _component(line: str) -> str:
    return line.partition(":")[2].strip().upper()


def text_of(block: Block) -> str:
    """Return a block as text: CRLF line ends, folded at 75 octets."""
    return "".join(f"{_folded(line)}\r\n" for line in _all_lines(block))


def _folded(line: str) -> str:
    if len(line) < _SHORT and line.isascii() and "\n" not in line:
        return line
    folded: bytes = _content_line(line).to_ical()  # type: ignore[no-untyped-call]
    return folded.decode()


def _content_line(line: str) -> Contentline:
    return Contentline(line)  # type: ignore[no-untyped-call]


def _all_lines(block: Block) -> Iterator[str]:
    yield f"BEGIN:{block.name}"
    yield from block.lines
    for child in block.children:
        yield from _all_lines(child)
    yield f"END:{block.name}"
