"""The `booking` command inside this process: what it prints and how it ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from click.testing import CliRunner, Result
from flask import Flask

from booking.app import create_app
from booking.cli.commands import cli
from booking.core.clock import Clock
from booking.db import db
from booking.settings import Settings
from tests.servers.booking_server import environment_of


class Console:
    """Runs commands with the environment of given settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._apps: list[Flask] = []

    def run(
        self, *arguments: str, said: str = "", environment: Mapping[str, str] | None = None
    ) -> Result:
        """Run a command and return its result, whatever its exit code."""
        chosen = environment_of(self.settings) if environment is None else environment
        try:
            return CliRunner().invoke(cli, arguments, input=said, env=chosen, obj=self._make)
        finally:
            self._close()

    def answer(self, *arguments: str, code: int = 0, said: str = "") -> Any:
        """Run a command that prints one JSON object, and return it."""
        result = self.run(*arguments, said=said)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def _make(self, settings: Settings | None = None, clock: Clock | None = None) -> Flask:
        app = create_app(settings, clock)
        self._apps.append(app)
        return app

    def _close(self) -> None:
        for app in self._apps:
            with app.app_context():
                db.engine.dispose()
        self._apps.clear()
