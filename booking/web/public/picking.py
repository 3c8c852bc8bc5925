"""The answer that shows a picker: the whole page, or the fragment the script asks for.

`X-Fragment: month` is the month with its times, `all` the context and zone as well. A fragment
has an ETag over its own bytes, so an open page learns cheaply whether a time has gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flask import Response, render_template, request
from markupsafe import Markup

from booking.core.instants import to_instant
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.public import picker as pickers
from booking.web.public.absences import away
from booking.web.public.party import party_of_event
from booking.web.public.repeats import rhythm_of
from booking.web.public.taken import Taken
from booking.web.public.viewer import Viewer

HEADER = "X-Fragment"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseForm:
    """Where a pressed time goes: `get` where it is only looked at, `post` where it is held."""

    method: str
    action: str
    hidden: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picking:
    """One picker page. `moving` tells the booking's present time where it is to be moved.

    Without a `title` the page is called after the event type and its hosts.
    """

    event: EventTypeView
    viewer: Viewer
    wish: pickers.Wish
    choose: ChooseForm
    title: str = ""
    back: str | None = None
    back_label: str = ""
    moving: str | None = None


def answer(picking: Picking, *, taken: Taken | None = None, status: int = 200) -> Response:
    """Return the page or the fragment that was asked for, 304 where it is known already."""
    now = to_instant(current.now())
    event, viewer = picking.event, picking.viewer
    picker = pickers.ask(current.services().slots, event, viewer, picking.wish, now)
    who = party_of_event(event, current.services().guest_pages.company(event))
    month = render_template(
        "public/_month.html",
        event=event,
        viewer=viewer,
        picker=picker,
        who=who,
        away=None if picking.wish.reschedule_uid else away(event, picker.gap),
    )
    etag = hashlib.sha256(month.encode()).hexdigest()[:24]
    wanted = request.headers.get(HEADER)
    if wanted == "month":
        return _response(month, status, etag)
    page = render_template(
        "public/_booker.html" if wanted == "all" else "public/event.html",
        event=event,
        viewer=viewer,
        picker=picker,
        options=pickers.options(event, viewer, picker, now),
        page=picking,
        who=who,
        rhythm=rhythm_of(event),
        choose=picking.choose,
        fragment=Markup(month),  # noqa: S704 - rendered by our own template
        etag=etag,
        taken=taken,
    )
    return _response(page, status)


def _response(body: str, status: int, etag: str | None = None) -> Response:
    response = Response(body, status=status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update((HEADER, "Accept-Language"))
    if etag is not None:
        response.set_etag(etag)
        response.make_conditional(request)
    return response
