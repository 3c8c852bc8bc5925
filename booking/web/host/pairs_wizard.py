"""Making a pair, step by step: left calendar, right calendar, direction, preview, start.

What was chosen stands in each step's address, so that every step has a way back and none needs a
script. The pair is stored when its preview is asked for, paused, and starts when its host says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.calendars.values import ConnectionView
from booking.core.errors import BookingError, NotFound, Unsupported
from booking.core.ids import decode_id, encode_id
from booking.pairs.values import EndChoice, PairView
from booking.sync.ports import Side
from booking.web import current
from booking.web.host import pairs_cards as cards
from booking.web.host.forms import faults, sent
from booking.web.host.pairs_choices import NEW, Choices, Option
from booking.web.host.pairs_plan import foreseen
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_pairs_wizard", __name__, url_prefix="/pairs")
_COLOR = "#0c6152"
_CHOOSE = "Choose a calendar."


@pages.get("/new")
@host_only
def left() -> str:
    """Ask for the first calendar."""
    return _calendar_step("left", {})


@pages.get("/new/right")
@host_only
def right() -> str | Response | tuple[str, int]:
    """Ask for the second calendar; "create new" on the left is gone after first."""
    return _after_left() or _calendar_step("right", {})


@pages.get("/new/direction")
@host_only
def direction() -> str | Response | tuple[str, int]:
    """Ask which way, and whether titles are hidden."""
    wrong = _after_left() or _after_right()
    if wrong is not None:
        return wrong
    kept = {
        "direction": request.args.get("direction", ""),
        "title_mask": request.args.get("title_mask", ""),
    }
    return _direction_step(request.args.get("left", ""), request.args.get("right", ""), kept, {})


@pages.post("/new/direction")
@host_only
def make() -> Response | tuple[str, int]:
    """Store the pair, paused, and go on to its preview."""
    form = sent()
    ends = {"left": form.text("left"), "right": form.text("right")}
    kept = {"direction": form.text("direction"), "title_mask": form.text("title_mask").strip()}
    try:
        view = _store(ends, kept)
    except NotFound:
        return _calendar_step("left", {"left": _CHOOSE}), 422
    except BookingError as error:
        return _direction_step(ends["left"], ends["right"], kept, faults(error)), status_of(error)
    return redirect(url_for(".ask_start", pair=view.id), 303)


@pages.get("/new/calendar")
@host_only
def ask_create() -> str | Response:
    """Ask for the name and colour of a calendar that is to be made for one side."""
    side, connection = _wanted_side(), _connection(request.args.get("connection", ""))
    return _create_form(side, connection, {"name": "", "color": _COLOR}, {})


@pages.post("/new/calendar")
@host_only
def create() -> Response | tuple[str, int]:
    """Make a calendar, take it for its side and go on; a refusal leads back to the others."""
    form = sent()
    side, connection = _wanted_side(), _connection(request.args.get("connection", ""))
    kept = {"name": form.text("name"), "color": form.text("color") or _COLOR}
    try:
        made = current.services().connections.create_calendar(
            current.user_id(), connection.id, kept["name"], kept["color"]
        )
    except NotFound:
        raise
    except BookingError as error:
        return _create_form(side, connection, kept, _told(error)), status_of(error)
    flash(f"Created “{made.name}” at {connection.account} and chose it.", "good")
    chosen = {"left": request.args.get("left", ""), side: encode_id(made.id)}
    if side == "left":
        return redirect(url_for(".right", left=chosen["left"]), 303)
    return redirect(url_for(".direction", left=chosen["left"], right=chosen["right"]), 303)


@pages.get("/<id:pair>/start")
@host_only
def ask_start(pair: int) -> str | Response | tuple[str, int]:
    """Show what the first sync would do, and ask; a pair that runs is shown as it stands."""
    view = current.services().pairs.get(current.user_id(), pair)
    if cards.mood_of(view) != "unstarted":
        return redirect(url_for("host_pairs.show", pair=pair), 303)
    return foreseen(view, "host/pairs_start.html")


@pages.post("/<id:pair>/start")
@host_only
def start(pair: int) -> Response:
    """Let the first sync begin."""
    try:
        current.services().pairs.change(current.user_id(), pair, is_paused=False)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash("Started. You can leave this page: the first sync goes on by itself.", "good")
    return redirect(url_for("host_pairs.show", pair=pair), 303)


@pages.post("/<id:pair>/discard")
@host_only
def discard(pair: int) -> Response:
    """Go back from the preview to the direction; the pair that never started is forgotten."""
    services, user_id = current.services(), current.user_id()
    view = services.pairs.get(user_id, pair)
    if cards.mood_of(view) != "unstarted":
        flash("This pair was started already. To end it, delete it.", "bad")
        return redirect(url_for("host_pairs.show", pair=pair), 303)
    services.pairs.delete(user_id, pair, remove_copies=False)
    if sent().text("to") == "list":
        flash("The pair was not made. Both calendars are as they were.", "good")
        return redirect(url_for("host_pairs.overview"), 303)
    return redirect(
        url_for(
            ".direction",
            left=encode_id(view.left.calendar_id),
            right=encode_id(view.right.calendar_id),
            direction=view.direction,
            title_mask=view.title_mask or "",
        ),
        303,
    )


def _store(ends: Mapping[str, str], kept: Mapping[str, str]) -> PairView:
    """Store a pair, in place of one of the same calendars that never started.

    Errors: as `PairService.create`.
    """
    services, user_id = current.services(), current.user_id()
    ids = {side: decode_id(text) or 1 for side, text in ends.items()}
    for view in services.pairs.list(user_id):
        is_same = {view.left.calendar_id, view.right.calendar_id} == set(ids.values())
        if is_same and cards.mood_of(view) == "unstarted":
            services.pairs.delete(user_id, view.id, remove_copies=False)
    return services.pairs.create(
        user_id,
        {Side(side): EndChoice(pointer=f"/{side}", calendar_id=key) for side, key in ids.items()},
        direction=kept["direction"],
        title_mask=kept["title_mask"] or None,
        is_paused=True,
    )


def _choices() -> Choices:
    service, user_id = current.services().connections, current.user_id()
    found = service.list(user_id)
    return Choices.of(found, {each.id: service.calendars(user_id, each.id) for each in found})


def _after_left() -> Response | tuple[str, int] | None:
    """Return the way on where the first calendar is not chosen yet, else None."""
    text = request.args.get("left", "")
    if text.startswith(NEW):
        return _to_create("left", text)
    if _choices().find(text) is None:
        return _calendar_step("left", {"left": _CHOOSE}), 422
    return None


def _after_right() -> Response | tuple[str, int] | None:
    """Return the way on where the second calendar is not chosen yet, else None."""
    text = request.args.get("right", "")
    if text.startswith(NEW):
        return _to_create("right", text)
    choices = _choices()
    one, other = choices.find(request.args.get("left", "")), choices.find(text)
    if other is None:
        return _calendar_step("right", {"right": _CHOOSE}), 422
    fault = _cannot_be_a_pair(one, other)
    return (_calendar_step("right", {"right": fault}), 422) if fault else None


def _cannot_be_a_pair(one: Option | None, other: Option) -> str | None:
    if one is not None and one.key == other.key:
        return "This is the calendar of the other side. Choose another one."
    if one is not None and one.is_read_only and other.is_read_only:
        return "Both calendars can only be read. Choose one that can be changed, or make a new one."
    return None


def _to_create(side: str, text: str) -> Response:
    connection = text.removeprefix(NEW)
    left = request.args.get("left") if side == "right" else None
    return redirect(url_for(".ask_create", side=side, connection=connection, left=left), 303)


def _wanted_side() -> str:
    return "right" if request.args.get("side") == "right" else "left"


def _connection(text: str) -> ConnectionView:
    """Return the connection of an address. Errors: NotFound."""
    return current.services().connections.get(current.user_id(), decode_id(text) or 1)


def _calendar_step(side: str, errors: Mapping[str, str]) -> str:
    choices = _choices()
    chosen = choices.find(request.args.get("left", "")) if side == "right" else None
    return render_template(
        "host/pairs_new.html",
        side=side,
        choices=choices,
        groups=choices.groups_without(chosen.key if chosen else ""),
        left=chosen,
        value=request.args.get(side, ""),
        errors=errors,
    )


def _direction_step(
    left: str, right: str, kept: Mapping[str, str], errors: Mapping[str, str]
) -> str:
    choices = _choices()
    one, other = choices.find(left), choices.find(right)
    if one is None or other is None:
        return _calendar_step("left", {"left": _CHOOSE})
    possible = one.directions_with(other)
    wanted = kept["direction"]
    told = {
        name if name in {"direction", "title_mask"} else "direction": text
        for name, text in errors.items()
    }
    return render_template(
        "host/pairs_direction.html",
        left=one,
        right=other,
        possible=possible,
        chosen=wanted if wanted in cards.DIRECTIONS else next(iter(possible), ""),
        title_mask=kept["title_mask"],
        errors=told,
    )


def _create_form(
    side: str, connection: ConnectionView, kept: Mapping[str, str], errors: Mapping[str, str]
) -> str:
    left, key = request.args.get("left", ""), encode_id(connection.id)
    back = url_for(".left") if side == "left" else url_for(".right", left=left)
    return render_template(
        "host/pairs_calendar.html",
        connection=connection,
        kept=kept,
        back_to=back,
        action=url_for(".create", side=side, connection=key, left=left or None),
        side=side,
        errors=errors,
    )


def _told(error: BookingError) -> dict[str, str]:
    """Return the fault by field; a server's refusal with what can be done instead."""
    if isinstance(error, Unsupported):
        return {"": error.message}
    named = faults(error)
    if "" in named:
        return {"": f"{named['']} You can try again, or choose a calendar that exists."}
    return named
