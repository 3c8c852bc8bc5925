"""Bring one replica up to date with its calendar: read only, and distrustful.

What an answer names is a hint. An item is put into the replica when it was read, and dropped when
reading that very item says that it does not exist. The cursor is committed with the last rows of
an answer, so an interrupted run is repeated and never skipped. A failed, short or suddenly empty
answer raises before anything is dropped.

Leaves to others: when to read, how often to list everything (callers), what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from booking.core.errors import BadAnswer, CursorExpired
from booking.sync.merge import differing, leaves
from booking.sync.ports import Change, Fetched, Item, Remote
from booking.sync.rows import Cursor, ReplicaStore

_T = TypeVar("_T")

BATCH = 100
EMPTY_PATIENCE = timedelta(hours=1)
ECHO_PATIENCE = timedelta(minutes=1)


class SuspectListing(BadAnswer):
    """A well-formed list that contradicts what is known; it speaks of one calendar alone."""

    def __init__(self, message: str) -> None:
        super().__init__(message, step="list_items")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What reading a calendar brought. `listed`: everything was listed, no feed was trusted."""

    changed: int = 0
    gone: int = 0
    listed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """A part of an answer; `token` is the next place, on the last of them."""

    changes: Sequence[Change]
    is_listing: bool
    is_last: bool = False
    token: str | None = None


@dataclass(slots=True)
class _Finding:
    """What a batch of keys turned out to be, before it is committed."""

    changed: list[Item] = field(default_factory=list)
    old: list[Item] = field(default_factory=list)
    same: list[Item] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


class Ingest:
    """One reading of one calendar into its replica.

    `now`: an aware UTC moment. `afresh`: list everything and read every item again, whatever its
    version. Errors: every ProviderError; BadAnswer also where the answer contradicts itself;
    LeaseLost.
    """

    def __init__(
        self, remote: Remote, replica: ReplicaStore, now: datetime, *, afresh: bool = False
    ) -> None:
        self._remote = remote
        self._replica = replica
        self._now = now
        self._afresh = afresh
        self._changed = 0
        self._gone = 0
        self._unmet: dict[str, None] = {}
        self._to_confirm: list[str] = []

    def run(self, *, full: bool = False) -> Ingested:
        """Read what changed; list everything where asked to, or where the feed lost its place."""
        with self._replica.reading() as rows:
            cursor = rows.cursor()
            self._to_confirm = list(rows.unconfirmed())
        self._unmet = dict.fromkeys(self._to_confirm)
        is_trusted = cursor.emptied_at is None and not (full or self._afresh)
        if cursor.token is None or not is_trusted:
            return self._walk(cursor, None)
        try:
            return self._walk(cursor, cursor.token)
        except CursorExpired:
            return self._walk(cursor, None)

    def look(self, keys: Sequence[str]) -> Ingested:
        """Read these items alone, by their own addresses."""
        for chunk in _chunks(keys):
            self._take([Change(key=key) for key in chunk], None)
        return Ingested(changed=self._changed, gone=self._gone)

    def _walk(self, cursor: Cursor, token: str | None) -> Ingested:
        batches = self._batches(token)
        first = next(batches)
        listed = token is None or first.is_listing
        if listed:
            self._list(cursor, chain([first], batches))
        else:
            self._follow(cursor, chain([first], batches))
        return Ingested(changed=self._changed, gone=self._gone, listed=listed)

    def _follow(self, cursor: Cursor, batches: Iterable[_Batch]) -> None:
        """Take in changes; what we wrote ourselves and they do not name is looked at.

        A feed tells the difference between two states, so it is silent of an item that we made
        after the first and that somebody deleted before the second.
        """
        for batch in batches:
            for change in batch.changes:
                self._unmet.pop(change.key, None)
            if batch.is_last:
                self.look(list(self._unmet))
            after = replace(cursor, token=batch.token) if batch.is_last else None
            is_idle = after == cursor and not self._to_confirm
            self._take(batch.changes, None if is_idle else after)

    def _take(self, changes: Sequence[Change], after: Cursor | None) -> None:
        with self._replica.reading() as rows:
            known = rows.items([change.key for change in changes]) if changes else {}
        finding = self._look(changes, known)
        self._commit(finding, after)

    def _list(self, cursor: Cursor, batches: Iterable[_Batch]) -> None:
        """Take in a listing; what is missing is looked at before any of it is dropped."""
        with self._replica.reading() as rows:
            known = dict(rows.versions())
        missing, token, is_empty = set(known), None, True
        for batch in batches:
            token, is_empty = batch.token, is_empty and not batch.changes
            missing.difference_update(change.key for change in batch.changes)
            news = [one for one in batch.changes if self._is_news(one, known.get(one.key))]
            if news:
                self._take(news, None)
        if is_empty:
            self._doubt_emptiness(known, cursor)
        gone = self._confirm_gone(sorted(missing))
        self._commit(_Finding(gone=gone), Cursor(token=token, full_at=self._now))

    def _is_news(self, change: Change, version: str | None) -> bool:
        return self._afresh or change.version is None or change.version != version

    def _doubt_emptiness(self, known: Mapping[str, object], cursor: Cursor) -> None:
        """Refuse a listing that lacks everything, until it has said the same for an hour."""
        if len(known) < 2:
            return
        since = cursor.emptied_at or self._now
        if self._now - since >= EMPTY_PATIENCE:
            return
        if cursor.emptied_at is None:
            self._commit(_Finding(), replace(cursor, emptied_at=since))
        raise SuspectListing(
            "The server now shows an empty calendar where events were. Nothing was removed; "
            "if it is really empty, this will be taken over within an hour or two."
        )

    def _confirm_gone(self, missing: Sequence[str]) -> list[str]:
        """Return those keys, each found to be gone. Errors: BadAnswer if one still exists."""
        for keys in _chunks(missing):
            if self._read(keys).items:
                raise SuspectListing(
                    "The server's list left out events that exist. Nothing was changed."
                )
        return list(missing)

    def _batches(self, token: str | None) -> Iterator[_Batch]:
        """Return an answer in batches; the next place comes with the last of them only."""
        is_whole = False
        for page in self._remote.changes(token):
            chunks = list(_chunks(page.changes)) or [()]
            for chunk in chunks[:-1]:
                yield _Batch(changes=chunk, is_listing=page.is_listing)
            is_whole = page.last
            yield _Batch(
                changes=chunks[-1],
                is_listing=page.is_listing,
                is_last=page.last,
                token=page.token,
            )
        if not is_whole:
            raise BadAnswer("The server's list was cut short.", step="list_items")

    def _look(self, changes: Iterable[Change], known: Mapping[str, Item]) -> _Finding:
        carried: dict[str, Item] = {}
        to_read: dict[str, None] = {}
        for change in changes:
            old = known.get(change.key)
            if change.gone and old is None:
                continue
            if change.item is not None:
                carried[change.key] = change.item
            elif self._is_news(change, old.version if old else None):
                to_read[change.key] = None
        fetched = self._read(list(to_read))
        finding = _Finding(gone=[key for key in fetched.gone if key in known])
        for item in (*carried.values(), *fetched.items):
            self._sort(item, known.get(item.key), finding)
        return finding

    def _sort(self, item: Item, old: Item | None, finding: _Finding) -> None:
        if old is not None and not self._is_news(_hint(item), old.version):
            return
        if old is not None and self._is_old(item, old):
            finding.old.append(replace(old, replaced=None))
            self._to_confirm = [key for key in self._to_confirm if key != item.key]
            return
        current = aged(item, old, self._now)
        is_same = old is not None and current.means_the_same(old)
        (finding.same if is_same else finding.changed).append(current)

    def _is_old(self, item: Item, old: Item) -> bool:
        """Tell whether this is what stood there before our last write: a server that lags.

        It is doubted once, and soon after the write only: a server may give the same version to the
        same content, so that a person who undoes our write shows it too.
        """
        if old.replaced is None or old.wrote_at is None or item.version != old.replaced:
            return False
        return self._now - old.wrote_at < ECHO_PATIENCE

    def _read(self, keys: Sequence[str]) -> Fetched:
        """Read all of `keys`; each is found or found to be gone."""
        items: list[Item] = []
        gone: list[str] = []
        for chunk in _chunks(keys):
            fetched = self._remote.fetch(chunk)
            items += fetched.items
            gone += fetched.gone
            answered = {item.key for item in fetched.items}.union(fetched.gone)
            for key in chunk:
                if key in answered:
                    continue
                item = self._remote.get(key)
                if item is None:
                    gone.append(key)
                else:
                    items.append(item)
        return Fetched(items=tuple(items), gone=tuple(gone))

    def _commit(self, finding: _Finding, cursor: Cursor | None) -> None:
        restamped = [*finding.same, *finding.old]
        if cursor is None and not (finding.changed or restamped or finding.gone):
            return
        with self._replica.writing() as rows:
            if finding.changed:
                rows.put(finding.changed)
            if restamped:
                rows.restamp(restamped)
            if finding.gone:
                rows.drop(finding.gone)
            if cursor is not None:
                rows.save_cursor(cursor)
                rows.confirm(self._to_confirm)
        self._changed += len(finding.changed)
        self._gone += len(finding.gone)


def aged(item: Item, old: Item | None, now: datetime) -> Item:
    """Return `item` with the times at which its leaves were changed, as far as we can know them.

    Providers give one time for a whole item; seeing each change as it comes refines it. A time in
    the future (a wrong clock) counts as now.
    """
    moment = min(item.updated_at or now, now)
    if old is None:
        return replace(item, first_seen_at=moment)
    if item.fault:
        return replace(old, version=item.version, fault=item.fault, raw=item.raw)
    changed = differing(leaves(old.units), leaves(item.units))
    touched = {**old.touched, **dict.fromkeys(changed, moment)}
    return replace(item, first_seen_at=old.first_seen_at or moment, touched=touched)


def _hint(item: Item) -> Change:
    return Change(key=item.key, version=item.version)


def _chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
