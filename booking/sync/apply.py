"""Send intents, and settle those whose answer never came.

What an intent came to is an `Ending`: replica, link and intent together, never a part of them.
Endings of a wave are committed together: a process killed before that leaves their intents, which
the next cycle settles by reading before anything is sent again, as it does any write without an
answer. A write that was refused is answered by reading the item.

Leaves to others: what is due (`planner`), when (`engine`), and what follows (`verdicts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from booking.core.clock import monotonic
from booking.core.errors import (
    BadAnswer,
    ItemGone,
    PermissionDenied,
    ProviderError,
    ReconnectRequired,
    Throttled,
    Unreachable,
    Unsupported,
    VersionConflict,
)
from booking.sync.endings import Ending, Outcome, Seen, ended, keep
from booking.sync.gather import Gather, StateT
from booking.sync.ingest import aged
from booking.sync.merge import RULE, leaves, units_of
from booking.sync.ports import Item, Remote, Side, Written
from booking.sync.rows import (
    Changes,
    End,
    Intent,
    Op,
    StateStore,
)
from booking.sync.scene import Scene, View
from booking.sync.sending import Ready, made_ready
from booking.sync.verdicts import LONGEST_BACKOFF, MOST_REFUSALS, Verdicts

_T = TypeVar("_T")

MOST_ATTEMPTS = 5
_LONGEST_WAVE_SECONDS = 5.0
_SHORTEST_REACH = 10


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was said to a write that was sent: None to a deletion."""

    intent: Intent
    view: View
    written: Written | None


class Applier(Generic[StateT]):
    """Carries intents out, one after the other, and commits what they came to."""

    def __init__(
        self,
        store: StateStore[StateT],
        gather: Gather[StateT],
        remotes: Mapping[Side, Remote],
        scene: Scene,
    ) -> None:
        self._store = store
        self._gather = gather
        self._remotes = remotes
        self._scene = scene
        self._verdicts = Verdicts(scene)
        self.last_error: ProviderError | None = None
        self.denied: PermissionDenied | None = None
        self.last_side: Side | None = None
        self._kept = set[tuple[Side, str]]()
        self._reach: int | None = None

    def send(
        self, intents: Sequence[Intent], is_over: Callable[[], bool], views: Mapping[int, View]
    ) -> Iterator[Outcome]:
        """Send intents in turn until `is_over`; say of each how it ended, once that is committed.

        `views`: their links as they were just committed, under the lease that is still held, as
        far as they are at hand. They serve the first wave; what a later one needs is read then.
        Without an answer an intent stays, and `last_error` says what was met.
        Errors: ReconnectRequired and Throttled, which concern all of a side, after what had ended
        before was committed; their intent stays.
        """
        left = list(intents)
        try:
            while left and not is_over():
                yield from self._wave(left, is_over, views)
                views = {}
        except ProviderError:
            self._withdraw(left[1:])
            raise
        self._withdraw(left)

    def _withdraw(self, unsent: Sequence[Intent]) -> None:
        """Have creations that were never sent planned anew, which asks the provider nothing."""
        creations = [one for one in unsent if one.op is Op.CREATE and not one.attempts]
        keep(self._store, [ended(one, Changes(dirty=(one.link_id,))) for one in creations])

    def _wave(
        self, left: list[Intent], is_over: Callable[[], bool], views: Mapping[int, View]
    ) -> Iterator[Outcome]:
        """Send the first of `left`, until five seconds are over or one has no answer.

        At a slow server no more are made ready than twice what the wave before came to.
        """
        wave, endings = _of_one_each(left[: self._reach]), list[Ending]()
        unseen = [intent for intent in wave if intent.link_id not in views]
        views = {**views, **self._views(unseen)} if unseen else views
        ready = [self._ready(intent, views.get(intent.link_id)) for intent in wave]
        answers = list[_Answer | Ending]()
        stop = self._ask(ready, answers, left, is_over)
        self._reach = max(_SHORTEST_REACH, 2 * len(answers))
        try:
            for one in answers:
                endings.append(self._concluded(one))
        except ProviderError as error:
            stop = stop or error
        keep(self._store, endings)
        if stop is not None:
            raise stop
        yield from (ending.outcome for ending in endings)

    def _ask(
        self,
        ready: Sequence[Ready | Ending],
        answers: list[_Answer | Ending],
        left: list[Intent],
        is_over: Callable[[], bool],
    ) -> ProviderError | None:
        """Send what is ready, and take it from `left`; return an error that concerns a side."""
        ends_at = monotonic() + _LONGEST_WAVE_SECONDS
        for one in ready:
            if answers and (monotonic() >= ends_at or is_over()):
                break
            try:
                answer = self._answered(one)
            except ProviderError as error:
                return error
            answers.append(answer)
            del left[0]
            if isinstance(answer, Ending) and answer.outcome is Outcome.UNCLEAR:
                break
        return None

    def _sent(self, intent: Intent, view: View | None) -> Ending:
        return self._concluded(self._answered(self._ready(intent, view)))

    def _ready(self, intent: Intent, view: View | None) -> Ready | Ending:
        if view is None:
            return ended(intent, Changes())
        return made_ready(intent, view, self._remotes)

    def _answered(self, ready: Ready | Ending) -> _Answer | Ending:
        if isinstance(ready, Ending):
            return ready
        intent, view = ready.intent, ready.view
        self.last_side = intent.side
        return self._judged(intent, view, lambda: _Answer(intent, view, ready.send()))

    def _concluded(self, answer: _Answer | Ending) -> Ending:
        """Return what an answer comes to; some say too little, so that the item is read."""
        if isinstance(answer, Ending):
            return answer
        intent, view, written = answer.intent, answer.view, answer.written
        if written is None:
            return self._verdicts.deleted(intent, view)
        self.last_side = intent.side
        return self._judged(intent, view, lambda: self._written(intent, view, written))

    def _judged(self, intent: Intent, view: View, ask: Callable[[], _T]) -> _T | Ending:
        """Ask, and return the answer or what its error comes to. Errors: as for `send`."""
        try:
            return ask()
        except (ItemGone, VersionConflict):
            return self._refused(intent, view)
        except (ReconnectRequired, Throttled):
            raise
        except (BadAnswer, Unreachable) as error:
            tried = replace(intent, attempts=intent.attempts + 1)
            return self._unclear(intent, error, Changes(intents=(tried,)))
        except ProviderError as error:
            if isinstance(error, PermissionDenied):
                self.denied = error
            reason = error.reason if isinstance(error, Unsupported) else error.code
            return self._verdicts.unsyncable(intent, view.link, reason)

    def settle(self, intent: Intent) -> Outcome:
        """Find out what became of an intent that was left over; send it only if nothing did.

        Errors: as for `send`; an item that cannot be read leaves its intent, as no answer does.
        """
        self.last_side = intent.side
        ending = self._settled(intent, self._views([intent]).get(intent.link_id))
        keep(self._store, [ending])
        return ending.outcome

    def _settled(self, intent: Intent, view: View | None) -> Ending:
        if view is None:
            return ended(intent, Changes())
        try:
            item = self._read(intent, view)
        except (BadAnswer, Unreachable) as error:
            return self._unclear(intent, error, Changes())
        if intent.op is Op.CREATE:
            return self._settle_create(intent, view, item)
        if intent.op is Op.DELETE:
            return self._settle_delete(intent, view, item)
        return self._settle_update(intent, view, item)

    def _written(self, intent: Intent, view: View, written: Written) -> Ending:
        """Remember a write; where no version came back, read: any difference is then an edit."""
        item: Item | None = self._expected(intent, view, written)
        shown = self._read_back(intent, view, written)
        is_old = intent.op is Op.UPDATE and shown is not None and shown.version == intent.if_match
        if shown is not None and not is_old and self._verdicts.has_lost_rule(intent, shown):
            return self._rule_lost(intent, view, shown)
        if written.version is None and not is_old:
            item = shown
        is_blind = written.version is None
        return self._verdicts.stands(intent, view, written.key, item, look_again=is_blind)

    def _read_back(self, intent: Intent, view: View, written: Written) -> Item | None:
        """Read what a write made where its answer says too little.

        Some servers take a series, answer with a version, and keep a single event. So a series is
        read too, unless the side is known to keep its rule: it did in this run, or shows it.
        """
        rule, old = (intent.target or {}).get(RULE), view.item(intent.side)
        is_kept = not rule or (intent.op is Op.UPDATE and old is not None and old.shows(RULE, rule))
        if written.version is not None and (is_kept or (intent.side, repr(rule)) in self._kept):
            return None
        shown = self._remotes[intent.side].get(written.key)
        if rule and shown is not None and shown.shows(RULE, rule):
            self._kept.add((intent.side, repr(rule)))
        return shown

    def _rule_lost(self, intent: Intent, view: View, shown: Item) -> Ending:
        """Leave a series out that the side keeps as a single event.

        That is no edit of a person's, and our own copy, which would mislead, is taken away again.
        """
        side, link, seen = intent.side, view.link, None
        if intent.op is Op.CREATE:
            self._remotes[side].delete(shown)
            link = replace(link, generation=link.generation + 1)
        else:
            shadow = units_of(self._scene.norms[side].shown(shown.units))
            link = link.with_end(side, End(key=shown.key, uid=shown.uid, shadow=shadow))
            seen = Seen(side=side, item=aged(shown, view.item(side), self._now))
        return self._verdicts.unsyncable(
            intent, link, "recurrence_lost", seen, wait=LONGEST_BACKOFF
        )

    def _expected(self, intent: Intent, view: View, written: Written) -> Item:
        old = view.item(intent.side)
        return Item(
            key=written.key,
            uid=intent.uid or (old.uid if old else ""),
            version=written.version,
            units=self._remotes[intent.side].norm(intent.target or {}),
            mark=intent.mark or (old.mark if old else ""),
            raw=written.raw,
            replaced=intent.if_match,
        )

    def _refused(self, intent: Intent, view: View) -> Ending:
        """Read what is there now: send again if only the version moved, else plan anew."""
        item, link = self._read(intent, view), view.link
        if intent.op is Op.CREATE:
            if item is not None and _is_ours(item, intent):
                return self._adopted(intent, view, item)
            return self._verdicts.name_taken(intent, link)
        if item is None:
            return self._verdicts.found_gone(intent, view)
        if intent.refusals < MOST_REFUSALS and self._verdicts.shows_shadow(link, intent.side, item):
            again = replace(intent, if_match=item.version, refusals=intent.refusals + 1)
            seen = Seen(side=intent.side, item=aged(item, view.item(intent.side), self._now))
            once_more = Changes(intents=(again,))
            keep(self._store, [Ending(link_id=link.id, changes=once_more, seen=seen)])
            return self._sent(again, self._views([again]).get(link.id))
        return self._verdicts.changed(intent, view, item)

    def _settle_create(self, intent: Intent, view: View, item: Item | None) -> Ending:
        if item is None:
            return self._again(intent, view)
        if _is_ours(item, intent):
            return self._adopted(intent, view, item)
        return self._verdicts.name_taken(intent, view.link)

    def _settle_update(self, intent: Intent, view: View, item: Item | None) -> Ending:
        """Take for delivered what the item shows of the target, and no more.

        What a person changed after our lost write is then still an edit.
        """
        if item is None:
            return self._verdicts.found_gone(intent, view)
        side, link = intent.side, view.link
        norm = self._scene.norms[side]
        end, shown = link.end(side), norm.shown(item.units)
        target, old = norm.held(leaves(intent.target or {})), norm.shown(end.shadow or {})
        shadow = {
            leaf: target.get(leaf) if shown.get(leaf) == target.get(leaf) else old.get(leaf)
            for leaf in target.keys() | old.keys() | shown.keys()
        }
        link = link.with_end(side, replace(end, shadow=units_of(shadow)))
        if intent.attempts >= MOST_ATTEMPTS and shown != target:
            return self._verdicts.unsyncable(intent, link, "no_answer")
        return self._verdicts.changed(intent, replace(view, link=link), item)

    def _settle_delete(self, intent: Intent, view: View, item: Item | None) -> Ending:
        if item is None:
            return self._verdicts.deleted(intent, view)
        if item.version is not None and item.version == intent.if_match:
            return self._again(intent, view)
        return self._verdicts.changed(intent, view, item)

    def _again(self, intent: Intent, view: View) -> Ending:
        if intent.attempts >= MOST_ATTEMPTS:
            return self._verdicts.unsyncable(intent, view.link, "no_answer")
        return self._sent(intent, view)

    def _adopted(self, intent: Intent, view: View, item: Item) -> Ending:
        """Take it for our own request's result; whatever differs from that is an edit."""
        if self._verdicts.has_lost_rule(intent, item):
            return self._rule_lost(intent, view, item)
        return self._verdicts.stands(intent, view, item.key, item, look_again=True)

    def _unclear(self, intent: Intent, error: ProviderError, changes: Changes) -> Ending:
        self.last_error = error
        return Ending(link_id=intent.link_id, changes=changes, outcome=Outcome.UNCLEAR)

    @property
    def _now(self) -> datetime:
        return self._scene.now

    def _read(self, intent: Intent, view: View) -> Item | None:
        remote = self._remotes[intent.side]
        if intent.op is Op.CREATE:
            return remote.find(intent.name, intent.mark)
        key = view.link.end(intent.side).key
        return remote.get(key) if key is not None else None

    def _views(self, intents: Sequence[Intent]) -> dict[int, View]:
        with self._store.reading() as state:
            views = self._gather.views(state, [intent.link_id for intent in intents])
        return {view.link.id: view for view in views}


def _of_one_each(intents: Sequence[Intent]) -> list[Intent]:
    """Return the first intents, each of another link: a second one needs what the first came to."""
    links = set[int]()
    for place, intent in enumerate(intents):
        if intent.link_id in links:
            return list(intents[:place])
        links.add(intent.link_id)
    return list(intents)


def _is_ours(item: Item, intent: Intent) -> bool:
    return item.mark == intent.mark or item.uid == intent.uid
