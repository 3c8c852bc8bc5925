"""Settings, Webhooks: addresses that are told what happens, and what was delivered to them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.core.errors import Conflict, InvalidInput
from booking.web import current
from booking.web.host.forms import SentForm, faults, sent
from booking.web.host.webhook_words import EVENT_CHOICES, Line, delivery_line, webhook_line
from booking.web.policy import host_only
from booking.web.problems import status_of
from booking.web.webhook_limits import limit_by_hand
from booking.webhooks.service import WebhookService
from booking.webhooks.values import Event, MadeWebhook, WebhookView

pages = Blueprint("host_webhooks", __name__, url_prefix="/settings/webhooks")
_SHOWN = 50
_ALL = [event.value for event in Event]


@pages.get("")
@host_only
def show() -> str:
    """List the webhooks."""
    views = _service().list(current.user_id())
    return render_template(
        "host/settings_webhooks.html",
        webhooks=[webhook_line(view, current.now()) for view in views],
    )


@pages.get("/new")
@host_only
def ask_new() -> str:
    """Show the form for a new one."""
    return _form({"events": _ALL}, {})


@pages.post("/new")
@host_only
def make() -> ResponseReturnValue:
    """Make a webhook and show its secret this once."""
    form = sent()
    try:
        made = _service().create(current.user_id(), _fields(form))
    except InvalidInput as error:
        return _form(_fields(form), faults(error)), status_of(error)
    return _page(made.webhook, made=made), 201


@pages.get("/<id:webhook>")
@host_only
def look(webhook: int) -> str:
    """Show a webhook with what was delivered to it."""
    return _page(_service().get(current.user_id(), webhook))


@pages.get("/<id:webhook>/edit")
@host_only
def ask_edit(webhook: int) -> str:
    """Show the form for changes."""
    view = _service().get(current.user_id(), webhook)
    fields = {"url": view.url, "description": view.description, "events": list(view.events)}
    return _form(fields, {}, view)


@pages.post("/<id:webhook>/edit")
@host_only
def edit(webhook: int) -> ResponseReturnValue:
    """Change address, name or events."""
    view = _service().get(current.user_id(), webhook)
    form = sent()
    try:
        _service().change(current.user_id(), webhook, _fields(form))
    except InvalidInput as error:
        return _form(_fields(form), faults(error), view), status_of(error)
    flash("The webhook was saved.", "good")
    return _back_to(webhook)


@pages.post("/<id:webhook>/switch")
@host_only
def switch(webhook: int) -> ResponseReturnValue:
    """Switch a webhook on or off."""
    is_on = sent().text("enabled") == "1"
    _service().change(current.user_id(), webhook, {"enabled": is_on})
    flash("The webhook is switched on." if is_on else "The webhook is switched off.", "good")
    return _back_to(webhook)


@pages.post("/<id:webhook>/test")
@host_only
def send_test(webhook: int) -> ResponseReturnValue:
    """Send a test event."""
    limit_by_hand(webhook)
    try:
        _service().test(current.user_id(), webhook)
    except Conflict as error:
        flash(error.message, "bad")
    else:
        flash("A test event is on its way. Its answer stands in the list below.", "good")
    return _back_to(webhook)


@pages.post("/<id:webhook>/deliveries/<id:delivery>/replay")
@host_only
def replay(webhook: int, delivery: int) -> ResponseReturnValue:
    """Send a message once more."""
    limit_by_hand(webhook)
    try:
        _service().replay(current.user_id(), webhook, delivery)
    except Conflict as error:
        flash(error.message, "bad")
    else:
        flash("The message is on its way again, under the same id.", "good")
    return _back_to(webhook)


@pages.get("/<id:webhook>/rotate")
@host_only
def ask_rotate(webhook: int) -> str:
    """Say what another secret means, and ask once more."""
    view = _service().get(current.user_id(), webhook)
    return render_template("host/settings_webhook_rotate.html", webhook=_line(view))


@pages.post("/<id:webhook>/rotate")
@host_only
def rotate(webhook: int) -> str:
    """Make another secret and show it this once."""
    made = _service().rotate(current.user_id(), webhook)
    return _page(made.webhook, made=made)


@pages.get("/<id:webhook>/delete")
@host_only
def ask_delete(webhook: int) -> str:
    """Say what deleting does, and ask once more."""
    view = _service().get(current.user_id(), webhook)
    return render_template("host/settings_webhook_delete.html", webhook=_line(view))


@pages.post("/<id:webhook>/delete")
@host_only
def delete(webhook: int) -> ResponseReturnValue:
    """Delete a webhook with its log."""
    _service().delete(current.user_id(), webhook)
    flash("The webhook was deleted.", "good")
    return redirect(url_for(".show"), 303)


def _service() -> WebhookService:
    return current.services().webhooks.service


def _back_to(webhook: int) -> ResponseReturnValue:
    return redirect(url_for(".look", webhook=webhook), 303)


def _line(view: WebhookView) -> Line:
    return webhook_line(view, current.now())


def _fields(form: SentForm) -> dict[str, Any]:
    return {
        "url": form.text("url"),
        "description": form.text("description"),
        "events": form.many("events"),
    }


def _form(fields: dict[str, Any], errors: dict[str, str], view: WebhookView | None = None) -> str:
    return render_template(
        "host/settings_webhook_form.html",
        webhook=None if view is None else _line(view),
        fields=fields,
        choices=EVENT_CHOICES,
        errors=errors,
    )


def _page(view: WebhookView, *, made: MadeWebhook | None = None) -> str:
    found = _service().deliveries(current.user_id(), view.id, limit=_SHOWN)
    return render_template(
        "host/settings_webhook.html",
        webhook=_line(view),
        made=made,
        deliveries=[delivery_line(each, current.now()) for each in found],
        is_going=any(each.state == "waiting" for each in found),
        shown=_SHOWN,
    )
