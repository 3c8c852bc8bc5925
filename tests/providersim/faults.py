"""What goes wrong, when and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase


class Act(StrEnum):
    """A way to go wrong. What it needs besides stands in the fields of `Fault`."""

    STATUS = "status"  # refused with `status`, `reason` and perhaps `retry_after`
    DROP_BEFORE = "drop_before"  # nothing was done, no answer
    DROP_AFTER_WRITE = "drop_after_write"  # all was done, no answer
    APPLY_THEN_STATUS = "apply_then_status"  # all was done, and the answer says it failed
    RESET = "reset"
    TRUNCATE = "truncate"  # half of the body, then the end
    CUT_JSON = "cut_json"  # half of the body, and its length agrees
    HTML = "html"
    EMPTY = "empty"  # 200 and no body
    HANG = "hang"
    DELAY = "delay"  # `seconds`, then as usual
    DRIP = "drip"
    EMPTY_PAGE = "empty_page"  # a page without rows and with a next token, before the real one
    ENDLESS = "endless"  # every page names a next one
    LOOPING = "looping"  # every page names the same one
    DUPLICATES = "duplicates"  # every row twice
    REVERSED = "reversed"  # rows in the other order
    NO_SYNC_TOKEN = "no_sync_token"
    MEANWHILE = "meanwhile"  # `hook` is run first: a person edits between two of our calls


@dataclass(slots=True, kw_only=True)
class Fault:
    """Strikes calls of `route` (`events.insert`, `oauth.*`): after `skip`, at most `times`."""

    act: Act
    route: str = "*"
    account: str | None = None
    skip: int = 0
    times: int | None = 1
    status: int = 503
    reason: str = "backendError"
    retry_after: str | None = None
    seconds: float = 0.0
    hook: Callable[[], None] | None = None
    hits: int = field(default=0, init=False)

    def strikes(self, route: str, account: str | None) -> bool:
        if not fnmatchcase(route, self.route) or self.account not in {None, account}:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


class Faults:
    """All that is to go wrong, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._all: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._all.append(fault)
        return fault

    def take(self, route: str, account: str | None) -> Fault | None:
        """Return the first fault that strikes this call."""
        with self._lock:
            return next((one for one in self._all if one.strikes(route, account)), None)

    def clear(self) -> None:
        with self._lock:
            self._all.clear()
