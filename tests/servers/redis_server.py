"""A Redis server of the tests' own, without persistence."""

from __future__ import annotations

from collections.abc import Sequence

from tests.servers.process import LoopbackServer, need


class Redis(LoopbackServer):
    """On loopback, in memory, refusing to evict."""

    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        return [
            need("redis-server", package="redis-server"),
            *("--bind", "127.0.0.1", "--port", str(self.port)),
            *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
            *("--dir", str(self.folder)),
        ]
