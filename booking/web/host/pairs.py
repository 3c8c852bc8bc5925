"""The pairs pages: the list, one pair and how it stands, and what can be done to it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.core.errors import BookingError, NotFound
from booking.pairs.values import PairView
from booking.web import current
from booking.web.host import pairs_cards as cards
from booking.web.host import pairs_words, words
from booking.web.host.forms import faults, sent
from booking.web.host.pairs_choices import possible_between
from booking.web.host.pairs_plan import foreseen
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_pairs", __name__, url_prefix="/pairs")
_KEPT = (
    "Deleted the pair “{left}” and “{right}”. Both calendars stay as they are and no longer follow "
    "each other."
)
_REMOVED = "Deleted the pair “{left}” and “{right}”, and the copies that it had made."
_GOING = (
    "The pair “{left}” and “{right}” is being deleted: its copies are removed in the background."
)


@pages.get("")
@host_only
def overview() -> str:
    """Show every pair and how it stands."""
    shown = [_card(view) for view in current.services().pairs.list(current.user_id())]
    has_connection = bool(current.services().connections.list(current.user_id()))
    return render_template("host/pairs.html", cards=shown, has_connection=has_connection)


@pages.get("/<id:pair>")
@host_only
def show(pair: int) -> str | Response:
    """Show how one pair stands; one that was never started leads to its preview."""
    card = _card(_pair(pair))
    if card.mood == "unstarted":
        return redirect(url_for("host_pairs_wizard.ask_start", pair=pair), 303)
    services, user_id, now = current.services(), current.user_id(), current.now()
    sides = [
        cards.side_card(
            card.pair,
            side,
            services.calendar_status.status(user_id, end.calendar_id),
            services.connections.get(user_id, end.connection_id),
            now,
        )
        for side, end in (("left", card.pair.left), ("right", card.pair.right))
    ]
    return render_template(
        "host/pairs_pair.html",
        card=card,
        sides=sides,
        direction=cards.direction_words(card.pair),
        progress=cards.progress(card.pair),
        waiting=services.pairs.waiting(user_id, pair),
        when=lambda unit: pairs_words.when(unit, current.host().time_zone),
        title_of=pairs_words.title,
        reason_of=pairs_words.reason,
        until=lambda moment: words.until(moment, now),
        zone=words.zone_label(current.host().time_zone, now),
    )


@pages.get("/<id:pair>/progress")
@host_only
def progress(pair: int) -> str:
    """Show how far the first comparison is, as a part of the pair's page."""
    view = _pair(pair)
    return render_template("host/pairs_progress.html", pair=view, progress=cards.progress(view))


@pages.post("/<id:pair>/pause")
@host_only
def pause(pair: int) -> Response:
    """Stop copying until Resume."""
    return _change(pair, "Paused. Changes on both sides wait for Resume.", is_paused=True)


@pages.post("/<id:pair>/resume")
@host_only
def resume(pair: int) -> Response:
    """Go on copying, at once."""
    return _change(pair, "Resumed. What changed meanwhile is being copied.", is_paused=False)


@pages.post("/<id:pair>/sync")
@host_only
def sync(pair: int) -> Response:
    """Sync now and say what was done."""
    try:
        report = current.services().pairs.sync(current.user_id(), pair)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        kind = "warn" if report.held or report.skipped else "good"
        flash(cards.report_words(_pair(pair), report), kind)
    return redirect(_back(pair), 303)


@pages.get("/<id:pair>/direction")
@host_only
def ask_direction(pair: int) -> str:
    """Ask which way the pair is to work from now on."""
    view = _pair(pair)
    return _direction_form(view, view.direction, {})


@pages.post("/<id:pair>/direction")
@host_only
def change_direction(pair: int) -> Response | tuple[str, int]:
    """Turn the pair; everything is looked at again."""
    wanted = sent().text("direction")
    before = _pair(pair)
    try:
        view = current.services().pairs.change(current.user_id(), pair, direction=wanted)
    except NotFound:
        raise
    except BookingError as error:
        told = {"direction": next(iter(faults(error).values()))}
        return _direction_form(_pair(pair), wanted, told), status_of(error)
    changed = "Nothing was changed. " if before.direction == view.direction else ""
    flash(f"{changed}{cards.direction_words(view)}", "good")
    return redirect(url_for(".show", pair=pair), 303)


@pages.get("/<id:pair>/preview")
@host_only
def preview(pair: int) -> str | tuple[str, int]:
    """Read both calendars and show what a sync would do; nothing is written to them."""
    return foreseen(_pair(pair), "host/pairs_preview.html")


@pages.get("/<id:pair>/held")
@host_only
def ask_confirm(pair: int) -> str | Response | tuple[str, int]:
    """Show the deletions that wait, and ask."""
    view = _pair(pair)
    if not view.counts.held:
        flash("No deletions wait for your approval.", "good")
        return redirect(url_for(".show", pair=pair), 303)
    return foreseen(view, "host/pairs_held.html")


@pages.post("/<id:pair>/held")
@host_only
def confirm(pair: int) -> Response:
    """Let the held deletions go on."""
    try:
        report = current.services().pairs.confirm(current.user_id(), pair)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash(f"Approved. {cards.report_words(_pair(pair), report)}", "good")
    return redirect(url_for(".show", pair=pair), 303)


@pages.post("/<id:pair>/held/reject")
@host_only
def reject(pair: int) -> Response:
    """Undo the held deletions."""
    try:
        report = current.services().pairs.reject(current.user_id(), pair)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash(f"Nothing was deleted. {cards.report_words(_pair(pair), report)}", "good")
    return redirect(url_for(".show", pair=pair), 303)


@pages.post("/<id:pair>/left-out/<id:item>/retry")
@host_only
def retry(pair: int, item: int) -> Response:
    """Have an event that is left out tried again."""
    try:
        told = current.services().pairs.retry(current.user_id(), pair, item)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash(f"“{pairs_words.title(told.title)}” is tried again with the next sync.", "good")
    return redirect(url_for(".show", pair=pair), 303)


@pages.get("/<id:pair>/delete")
@host_only
def ask_delete(pair: int) -> str:
    """Say what deleting does, and ask whether the copies stay."""
    return _delete_form(_pair(pair), {})


@pages.post("/<id:pair>/delete")
@host_only
def delete(pair: int) -> Response | tuple[str, int]:
    """End the pair; keep its copies or remove them."""
    view, copies = _pair(pair), sent().text("copies")
    if copies not in {"keep", "remove"}:
        return _delete_form(view, {"copies": "Choose what becomes of the copies."}), 422
    is_removal = copies == "remove"
    is_gone = current.services().pairs.delete(current.user_id(), pair, remove_copies=is_removal)
    told = (_REMOVED if is_removal else _KEPT) if is_gone else _GOING
    flash(told.format(left=view.left.name, right=view.right.name), "good")
    return redirect(url_for(".overview"), 303)


def _pair(pair: int) -> PairView:
    return current.services().pairs.get(current.user_id(), pair)


def _card(view: PairView) -> cards.PairCard:
    user_id = current.user_id()
    connections = {each.id: each for each in current.services().connections.list(user_id)}
    return cards.card(view, connections, current.now())


def _change(pair: int, told: str, *, is_paused: bool) -> Response:
    try:
        current.services().pairs.change(current.user_id(), pair, is_paused=is_paused)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash(told, "good")
    return redirect(_back(pair), 303)


def _back(pair: int) -> str:
    """Return the page whose button was pressed: the list, or the pair's own."""
    if request.form.get("from") == "list":
        return url_for(".overview")
    return url_for(".show", pair=pair)


def _direction_form(view: PairView, chosen: str, errors: Mapping[str, str]) -> str:
    return render_template(
        "host/pairs_turn.html",
        card=_card(view),
        pair=view,
        chosen=chosen,
        possible=possible_between(view),
        errors=errors,
    )


def _delete_form(view: PairView, errors: Mapping[str, str]) -> str:
    return render_template("host/pairs_delete.html", card=_card(view), pair=view, errors=errors)
