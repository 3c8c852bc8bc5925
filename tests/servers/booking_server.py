"""`booking serve` as users start it: web and worker processes on a migrated database."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from booking.settings import PREFIX, Settings
from tests.servers.process import LoopbackServer

_OF_PROVIDERS = (
    *("google_client_id", "google_client_secret", "google_api_base", "google_auth_uri"),
    *("google_token_uri", "google_revoke_uri", "microsoft_client_id", "microsoft_client_secret"),
    *("microsoft_authority", "microsoft_graph_base", "provider_ca_bundle"),
)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment from which `load_settings` makes these settings."""
    keys = ",".join(base64.b64encode(key).decode() for key in settings.credential_keys)
    values = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "CREDENTIAL_KEYS": keys,
        "BASE_URL": settings.base_url,
        "OUTBOUND_PRIVATE_HOSTS": ",".join(settings.outbound_private_hosts),
        "REDIS_URL": settings.redis_url or "",
        **{name.upper(): getattr(settings, name) or "" for name in _OF_PROVIDERS},
    }
    return {PREFIX + name: value for name, value in values.items() if value}


class BookingServer(LoopbackServer):
    """The product, served on loopback. `options` are added to `booking serve`."""

    name = "booking"

    def __init__(self, folder: Path, settings: Settings, *options: str) -> None:
        super().__init__(folder)
        self._settings = settings
        self._options = options

    def at_home(self) -> Settings:
        """Let the site's public address be where it is served; return the settings."""
        self._settings = replace(self._settings, base_url=self.base_url)
        return self._settings

    @property
    def base_url(self) -> str:
        """The address of the site."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Say how it is started."""
        pairs = [f"{name}={value}" for name, value in environment_of(self._settings).items()]
        serve = ["serve", "--port", str(self.port), *self._options]
        return ["env", *pairs, sys.executable, "-m", "booking", *serve]

    def kill(self) -> None:
        """End web and worker processes at once, as a crash would."""
        self.stop(kill=True)

    def kill_worker(self) -> None:
        """End the worker alone, at once; the server starts another one."""
        for pid in self._worker_pids():
            os.kill(pid, signal.SIGKILL)

    def _worker_pids(self) -> list[int]:
        found = subprocess.run(
            ["pgrep", "-f", f"{sys.executable} -m booking embedded-worker"],
            capture_output=True,
            text=True,
            check=False,
        )
        pids = [int(line) for line in found.stdout.split()]
        return [pid for pid in pids if self._is_ours(pid)]

    def _is_ours(self, pid: int) -> bool:
        try:
            return os.getpgid(pid) == self._process.group
        except ProcessLookupError:
            return False
