"""`/pairs`: calendars that are kept the same, what syncing them would do, and what it did."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from booking.accounts.values import Scope
from booking.pairs.values import (
    EndChoice,
    HistoryEntry,
    PairView,
    Preview,
    SyncReport,
    TrashEntry,
    WaitingItem,
)
from booking.sync.ports import SIDES
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.idempotency import at_once
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_cut, page_of, page_request
from booking.web.policy import api_key
from booking.web.schemas.pairs import (
    CopiesSchema,
    HistorySchema,
    NewPairSchema,
    PairChangeSchema,
    PairSchema,
    PairStatusSchema,
    PreviewSchema,
    SyncReportSchema,
    SyncRequestSchema,
    TrashSchema,
    WaitingSchema,
)

pairs = ApiBlueprint(
    "pairs",
    __name__,
    url_prefix=f"{API_ROOT}/pairs",
    description="Calendars that are kept the same.",
)


@pairs.route("")
@api_key(Scope.READ)
@pairs.doc(**PAGED)
@pairs.response(200, page_of(PairSchema))
def list_pairs() -> Page[PairView]:
    """List the pairs and how they stand."""
    return page_by_id(services().pairs.list(user_id()), lambda view: view.id)


@pairs.route("", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@pairs.arguments(NewPairSchema)
@pairs.response(201, PairSchema)
def create_pair(fields: dict[str, Any]) -> PairView:
    """Keep two calendars the same; the first sync begins at once, unless it is paused."""
    return services().pairs.create(
        user_id(),
        {side: _choice(side.value, fields[side.value]) for side in SIDES},
        direction=fields["direction"],
        title_mask=fields["title_mask"],
        is_paused=fields["paused"],
    )


@pairs.route("/<id:pair_id>")
@api_key(Scope.READ)
@pairs.response(200, PairSchema)
def show_pair(pair_id: int) -> PairView:
    """Show a pair."""
    return services().pairs.get(user_id(), pair_id)


@pairs.route("/<id:pair_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@at_once
@pairs.arguments(PairChangeSchema)
@pairs.response(200, PairSchema)
def change_pair(fields: dict[str, Any], pair_id: int) -> PairView:
    """Change the direction, pause or resume."""
    return services().pairs.change(
        user_id(),
        pair_id,
        direction=fields.get("direction"),
        is_paused=fields.get("paused"),
    )


@pairs.route("/<id:pair_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@at_once
@pairs.arguments(CopiesSchema, location="query")
@pairs.response(204)
def delete_pair(fields: dict[str, Any], pair_id: int) -> None:
    """End a pair; `copies=remove` has the copies it made removed in the background."""
    services().pairs.delete(user_id(), pair_id, remove_copies=fields["copies"] == "remove")


@pairs.route("/<id:pair_id>/status")
@api_key(Scope.READ)
@pairs.response(200, PairStatusSchema)
def show_status(pair_id: int) -> dict[str, Any]:
    """Show how a pair stands, and which items are left out."""
    view = services().pairs.get(user_id(), pair_id)
    return {**asdict(view), "waiting": services().pairs.waiting(user_id(), pair_id)}


@pairs.route("/<id:pair_id>/preview", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@pairs.response(200, PreviewSchema)
def preview(pair_id: int) -> Preview:
    """Read both calendars and tell what a sync would do; nothing is written to them."""
    return services().pairs.preview(user_id(), pair_id)


@pairs.route("/<id:pair_id>/sync", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@pairs.arguments(SyncRequestSchema)
@pairs.response(200, SyncReportSchema)
def sync(fields: dict[str, Any], pair_id: int) -> SyncReport:
    """Sync now, and tell what was done."""
    return services().pairs.sync(user_id(), pair_id, full=fields["full"])


@pairs.route("/<id:pair_id>/confirm", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@pairs.response(200, SyncReportSchema)
def confirm(pair_id: int) -> SyncReport:
    """Approve the deletions that wait after a mass deletion, and sync."""
    return services().pairs.confirm(user_id(), pair_id)


@pairs.route("/<id:pair_id>/reject", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@pairs.response(200, SyncReportSchema)
def reject(pair_id: int) -> SyncReport:
    """Undo the deletions that wait after a mass deletion, and sync."""
    return services().pairs.reject(user_id(), pair_id)


@pairs.route("/<id:pair_id>/waiting/<id:item_id>/retry", methods=["POST"])
@api_key(Scope.WRITE)
@pairs.response(200, WaitingSchema)
def retry(pair_id: int, item_id: int) -> WaitingItem:
    """Have an item that is left out tried again, with the next sync."""
    return services().pairs.retry(user_id(), pair_id, item_id)


@pairs.route("/<id:pair_id>/history")
@api_key(Scope.READ)
@pairs.doc(**PAGED)
@pairs.response(200, page_of(HistorySchema))
def history(pair_id: int) -> Page[HistoryEntry]:
    """List what was written, and what gave way, the newest first."""
    wanted = page_request()
    found = services().pairs.history(user_id(), pair_id, before=wanted.key, limit=wanted.limit + 1)
    return page_cut(found, wanted, lambda entry: entry.id)


@pairs.route("/<id:pair_id>/history/<id:entry_id>/restore", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@pairs.response(200, HistorySchema)
def restore_value(pair_id: int, entry_id: int) -> HistoryEntry:
    """Bring back a value that gave way in a conflict, with the next sync."""
    return services().pairs.restore_value(user_id(), pair_id, entry_id)


@pairs.route("/<id:pair_id>/trash")
@api_key(Scope.READ)
@pairs.doc(**PAGED)
@pairs.response(200, page_of(TrashSchema))
def trash(pair_id: int) -> Page[TrashEntry]:
    """List what was removed in the last thirty days, the newest first."""
    wanted = page_request()
    found = services().pairs.trash(user_id(), pair_id, before=wanted.key, limit=wanted.limit + 1)
    return page_cut(found, wanted, lambda entry: entry.id)


@pairs.route("/<id:pair_id>/trash/<id:item_id>/restore", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@pairs.response(200, TrashSchema)
def restore_item(pair_id: int, item_id: int) -> TrashEntry:
    """Bring a removed item back, with the next sync."""
    return services().pairs.restore_item(user_id(), pair_id, item_id)


def _choice(side: str, fields: dict[str, Any]) -> EndChoice:
    made = fields["create"] or {}
    return EndChoice(
        pointer=f"/{side}",
        calendar_id=fields["calendar_id"],
        connection_id=fields["connection_id"],
        name=made.get("name", ""),
        color=made.get("color"),
    )
