"""The documents agree with the code: links, headings, numbers of decisions, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from booking.cli.commands import cli

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
    if ".venv" not in path.parts
)
_SOURCES = ("booking/**/*.py", "tests/**/*.py", "bench/**/*.py", "migrations/**/*.py")
_OTHERS = (ROOT / "Makefile", ROOT / "locks/update.sh", ROOT / "pyproject.toml")
CODE = (*sorted(path for pattern in _SOURCES for path in ROOT.glob(pattern)), *_OTHERS)

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CALL = re.compile(r"(?:^|bin/|web )booking ([a-z].*)")
_NAMED_FILE = re.compile(
    r"\b(?:docs|bench|booking|tests|locks)/[\w./-]*\w\.(?:md|py|sh|txt|css|html)\b"
)
_SECTION = re.compile(r"(docs/[\w/-]+\.md),\s+\"([^\"]+)\"")
_FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> list[str]:
    found = _LINK.findall(prose(path))
    return [link for link in found if not re.match(r"[a-z]+:|#", link)]


def headings(path: Path) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE))


def shell_lines(path: Path) -> Iterator[str]:
    """The commands in a document's blocks of shell, continued lines joined."""
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^```(?:sh|ini)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


def calls(line: str) -> list[list[str]]:
    """What follows the command `booking` in a line of shell or of a unit, comment left out."""
    return [told.split() for told in _CALL.findall(line.partition(" #")[0])]


def command_of(words: list[str]) -> tuple[click.Command | None, list[str]]:
    """Walk down the groups of the command line; None where a word names no command."""
    command: click.Command | None = cli
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        command = command.commands.get(rest.pop(0))
    return command, rest


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_leads_to_a_file(path: Path) -> None:
    broken = [link for link in links(path) if not (path.parent / link.partition("#")[0]).exists()]

    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_file_that_a_document_names_exists(path: Path) -> None:
    missing = {name for name in _NAMED_FILE.findall(prose(path)) if not (ROOT / name).exists()}

    assert missing == set()


def test_every_document_that_the_code_names_exists() -> None:
    missing = {
        f"{named(path)}: {name}"
        for path in CODE
        for name in _NAMED_FILE.findall(path.read_text(encoding="utf-8"))
        if name.endswith(".md") and not (ROOT / name).exists()
    }

    assert missing == set()


def test_every_section_that_the_code_names_is_a_heading() -> None:
    missing = {
        f"{named(path)}: {document}, {section}"
        for path in CODE
        for document, section in _SECTION.findall(path.read_text(encoding="utf-8"))
        if section not in headings(ROOT / document)
    }

    assert missing == set()


def test_every_decision_that_is_named_exists_and_is_listed() -> None:
    numbers = {path.name[:4] for path in (ROOT / "docs/adr").glob("[0-9]*.md")}
    in_code = {
        number
        for path in CODE
        for number in re.findall(r"docs/adr/(\d{4})", path.read_text(encoding="utf-8"))
    }
    texts = [prose(path) for path in DOCUMENTS]
    in_text = {f"{int(number):04}" for text in texts for number in re.findall(r"ADR (\d+)", text)}
    listed = set(re.findall(r"^\| \[(\d{4})\]", prose(ROOT / "docs/adr/README.md"), re.MULTILINE))

    assert in_code | in_text <= numbers
    assert listed == numbers


@pytest.mark.parametrize("path", sorted((ROOT / "docs/adr").glob("[0-9]*.md")), ids=named)
def test_a_decision_has_its_number_and_its_four_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
        "Turned down",
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_in_a_document_exists_with_its_options(path: Path) -> None:
    wrong = []
    for words in (words for line in shell_lines(path) for words in calls(line)):
        command, rest = command_of(words)
        known = {option for param in getattr(command, "params", ()) for option in param.opts}
        unknown = [word for word in rest if word.startswith("--") and word not in known]
        if command is None or unknown:
            wrong.append(words)

    assert wrong == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_in_running_text_exists(path: Path) -> None:
    told = re.findall(r"`booking ([a-z][^`]*)`", prose(path))
    wrong = [words for words in told if command_of(words.split())[0] is None]

    assert wrong == []


def test_the_make_targets_in_documents_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = {
        target
        for path in DOCUMENTS
        for target in re.findall(r"(?:`|^)make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert told <= targets
