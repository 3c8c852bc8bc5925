"""`booking demo`: everything on one machine, with a real CalDAV server and filled calendars."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import click

from booking.cli.context import MakeApp, plain_errors
from booking.cli.demo_data import CALENDARS, Demo, fill, fill_calendars
from booking.cli.demo_server import DemoCalendarServer
from booking.cli.demo_settings import demo_environment
from booking.settings import load_settings

_FOLDER = Path("var/demo")


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--caldav-port", default=5232, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
@plain_errors()
def demo(make_app: MakeApp, port: int, caldav_port: int) -> None:
    """Serve a filled example with its own calendar server; a second run keeps the data."""
    folder = _FOLDER.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = demo_environment(folder, port)
    calendar_server = DemoCalendarServer(folder / "radicale", caldav_port, environment)
    calendar_server.start()
    server: subprocess.Popen[bytes] | None = None
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    try:
        fill_calendars(calendar_server)
        example = fill(make_app(load_settings(environment)), calendar_server)
        server = subprocess.Popen(
            [sys.executable, "-m", "booking", "serve", "--port", str(port)], env=environment
        )
        _tell(example, calendar_server, port)
        sys.exit(server.wait())
    except KeyboardInterrupt:
        click.echo("Stopping …", err=True)
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=30)
        calendar_server.stop()


def _tell(example: Demo, calendar_server: DemoCalendarServer, port: int) -> None:
    site = f"http://127.0.0.1:{port}"
    lines = [
        "",
        f"  Booking page   {site}/demo/intro",
        f"  Dashboard      {site}/login",
        f"  Sign in with   {example.email}  {example.password}",
        "",
        f"  CalDAV server  {calendar_server.url}",
        f"  its account    {calendar_server.user}  {calendar_server.password}",
    ]
    lines.extend(
        f"    {calendar.role:<12} {calendar_server.calendar_url(calendar.name)}"
        for calendar in CALENDARS
    )
    lines += ["", "  Mails          are not sent; each booking's page lists them, to be read there"]
    lines += ["", "  Ctrl-C stops everything; the data stays in var/demo.", ""]
    click.echo("\n".join(lines))
