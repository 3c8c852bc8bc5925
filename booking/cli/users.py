"""`booking user`: accounts from the command line."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask

from booking.accounts.values import Scope
from booking.cli.context import with_app
from booking.core.ids import encode_id


@click.group()
def user() -> None:
    """Accounts."""


@user.command()
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--username", required=True)
@click.option("--time-zone", required=True, help="IANA name, such as Europe/Berlin.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--api-key", is_flag=True, help="Make an API key with every scope, shown once.")
@click.option("--admin", is_flag=True)
@with_app
def create(
    app: Flask,
    email: str,
    name: str,
    username: str,
    time_zone: str,
    password_stdin: bool,
    api_key: bool,
    admin: bool,
) -> None:
    """Create a user and print one JSON object."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    services = app.extensions["booking"]
    with app.app_context():
        made = services.accounts.create_user(
            email=email,
            name=name,
            username=username,
            time_zone=time_zone,
            password=password,
            is_admin=admin,
        )
        answer = {"id": encode_id(made.id), "username": made.username, "email": made.email}
        if api_key:
            key = services.api_keys.create(made.id, "command line", tuple(Scope))
            answer["api_key"] = key.secret
    click.echo(json.dumps(answer))
