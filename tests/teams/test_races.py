"""Two at once: what must hold of teams and addresses holds whoever comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask

from booking.core.errors import BookingError
from booking.db import reading
from booking.teams import store
from tests.teams.crew import Crew

_AT_ONCE = 6


def all_at_once(app: Flask, deeds: Sequence[Callable[[], object]]) -> list[str]:
    """Do everything at the same moment; return the code of each refusal, "" where it was done."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> str:
        with app.app_context():
            start.wait()
            try:
                deed()
            except BookingError as error:
                return error.code
            return ""

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


def test_one_address_is_given_to_one_team(either_app: Flask, either_crew: Crew) -> None:
    crew = either_crew

    told = all_at_once(
        either_app,
        [lambda: crew.teams.create(crew.owner, {"name": "New", "slug": "new"})] * _AT_ONCE,
    )

    assert told == ["", *["slug_taken"] * (_AT_ONCE - 1)]


def test_names_made_at_once_differ(either_app: Flask, either_crew: Crew) -> None:
    crew = either_crew

    told = all_at_once(
        either_app,
        [lambda: crew.offer(crew.owner), lambda: crew.offer(crew.admin)] * (_AT_ONCE // 2),
    )

    assert told == [""] * _AT_ONCE
    assert len({view.slug for view in crew.event_types.list(crew.owner)}) == _AT_ONCE


def test_owners_who_leave_at_once_leave_one_behind(either_app: Flask, either_crew: Crew) -> None:
    crew = either_crew
    people = (crew.owner, crew.admin, crew.member)
    for each in people[1:]:
        crew.teams.set_role(crew.owner, crew.team, each, {"role": "owner"})

    told = all_at_once(
        either_app,
        [
            lambda each=each: crew.teams.remove_member(each, crew.team, each)  # type: ignore[misc]
            for each in people
        ],
    )

    assert told == ["", "", "conflict"]
    with reading() as session:
        assert len(store.owners_of(session, crew.team)) == 1


def test_changes_of_shared_hosts_at_once_all_succeed(either_app: Flask, either_crew: Crew) -> None:
    crew = either_crew
    people = (crew.owner, crew.admin, crew.member)
    both = [{"user_id": each} for each in people]
    views = [
        (each, crew.event_types.create(each, {"title": "Own", "scheduling": "collective"}).id)
        for each in people
    ]

    told = all_at_once(
        either_app,
        [
            lambda asker=asker, key=key, order=order: crew.event_types.change(  # type: ignore[misc]
                asker, key, {"hosts": both[::order]}
            )
            for asker, key in views
            for order in (1, -1)
        ],
    )

    assert told == [""] * (2 * len(people))
    assert [len(crew.event_types.get(asker, key).hosts) for asker, key in views] == [3, 3, 3]
