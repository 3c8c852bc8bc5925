"""Channels by which Google and Microsoft announce changes: opened, renewed, stopped, given up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from booking.core.clock import FrozenClock
from booking.jobs.build import ticks
from booking.pairs.values import EndChoice
from booking.settings import Settings
from booking.sync.ports import Side
from tests.calendars.push_site import (
    HOST,
    PushSite,
    channels,
    google_account,
    microsoft_account,
    serving,
    tried,
)
from tests.providersim.clock import SimClock
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim

LIFE = timedelta(days=7)


@pytest.fixture
def site(
    sqlite_settings: Settings, clock: FrozenClock, sim: ProviderSim, graph: GraphSim
) -> Iterator[PushSite]:
    """A site beside both clouds, whose clocks show the same time."""
    settings = replace(sqlite_settings, **sim.google_settings, **graph.microsoft_settings)  # type: ignore[arg-type]
    for cloud in (sim, graph):
        offset = (clock.now() - SimClock().now()).total_seconds()
        cloud.clock.advance(offset)
    with serving(settings, clock) as found:
        yield found


@pytest.fixture
def calendar(site: PushSite, sim: ProviderSim) -> int:
    """A calendar at Google that blocks."""
    return site.calendar_of(site.connect(google_account(sim)))


@pytest.fixture
def outlook(site: PushSite, graph: GraphSim) -> int:
    """A calendar at Microsoft that blocks."""
    return site.calendar_of(site.connect(microsoft_account(graph)))


def pass_time(clock: FrozenClock, *clouds: ProviderSim | GraphSim, **delta: float) -> None:
    clock.advance(**delta)
    for cloud in clouds:
        cloud.clock.advance(timedelta(**delta).total_seconds())
        if isinstance(cloud, GraphSim):
            tokens = cloud.world.tokens
            tokens.update(
                {key: (one[0], one[1] + timedelta(**delta)) for key, one in tokens.items()}
            )


def test_a_calendar_that_blocks_gets_a_channel_and_says_so(
    site: PushSite, sim: ProviderSim, calendar: int, clock: FrozenClock
) -> None:
    assert site.watch(calendar).mode == "polling"

    assert site.keep() == 1

    view = site.watch(calendar)
    assert (view.mode, view.attempts) == ("push", 0)
    assert [view.channel_id] == sim.google.channels
    assert view.expires_at is not None
    assert LIFE - timedelta(hours=1) < view.expires_at - clock.now() <= LIFE
    assert site.keep() == 0


def test_polling_goes_on_beside_push_only_slower(
    site: PushSite, sim: ProviderSim, calendar: int, clock: FrozenClock
) -> None:
    site.keep()
    polls = next(each.work for each in ticks(site.services) if each.name == "polls")

    def asked_after(**delta: float) -> bool:
        pass_time(clock, sim, **delta)
        polls()
        return "calendars.refresh" in site.work()

    assert [asked_after(minutes=4), asked_after(minutes=2)] == [False, True]
    sim.google.channels.clear()
    pass_time(clock, sim, days=8)
    polls()
    site.work()
    assert [asked_after(seconds=30), asked_after(minutes=5)] == [False, True]


def test_graph_makes_sure_of_our_address_before_it_subscribes(
    site: PushSite, graph: GraphSim, outlook: int
) -> None:
    site.keep()

    (subscription,) = graph.subscriptions.all.values()
    assert site.watch(outlook).channel_id == subscription.id
    assert site.watch(outlook).mode == "push"


def test_secrets_are_kept_as_hashes(site: PushSite, graph: GraphSim, outlook: int) -> None:
    site.keep()

    (subscription,) = graph.subscriptions.all.values()
    secret = subscription.body["clientState"].partition(".")[2]
    assert len(secret) == 43
    assert secret not in {channels()[0].secret_hash, channels()[0].remote_id}


def test_calendars_that_nobody_uses_get_none(site: PushSite, sim: ProviderSim) -> None:
    site.calendar_of(site.connect(google_account(sim)), selected=False)

    assert site.keep() == 0
    assert sim.google.channels == []


def test_a_destination_is_watched_too(site: PushSite, sim: ProviderSim) -> None:
    calendar = site.calendar_of(site.connect(google_account(sim)), selected=False)
    site.services.selection.set_destination(site.host_id, calendar)

    site.keep()

    assert site.watch(calendar).mode == "push"


def test_both_calendars_of_a_pair_are_watched(
    site: PushSite, sim: ProviderSim, graph: GraphSim
) -> None:
    left = site.calendar_of(site.connect(google_account(sim)), selected=False)
    right = site.calendar_of(site.connect(microsoft_account(graph)), selected=False)
    choices = {
        side: EndChoice(pointer="", calendar_id=key)
        for side, key in ((Side.LEFT, left), (Side.RIGHT, right))
    }
    pair = site.services.pairs.create(site.host_id, choices, direction="both")

    site.keep()

    assert [site.watch(each).mode for each in (left, right)] == ["push", "push"]
    site.services.pairs.change(site.host_id, pair.id, is_paused=True)
    site.keep()
    assert (sim.google.channels, graph.subscriptions.all) == ([], {})


def test_after_two_thirds_of_its_life_a_new_channel_takes_over_from_the_old_one(
    site: PushSite, sim: ProviderSim, calendar: int, clock: FrozenClock
) -> None:
    site.keep()
    (old,) = sim.google.channels
    pass_time(clock, sim, days=4)
    assert site.keep() == 0

    pass_time(clock, sim, days=1)
    site.keep()

    (new,) = sim.google.channels
    assert new != old
    assert site.watch(calendar).channel_id == new
    assert sim.calls[-2:] == ["events.watch", "channels.stop"]


def test_a_subscription_is_prolonged_instead(
    site: PushSite, graph: GraphSim, outlook: int, clock: FrozenClock
) -> None:
    site.keep()
    before = site.watch(outlook)
    pass_time(clock, graph, days=5)

    site.keep()

    after = site.watch(outlook)
    assert after.channel_id == before.channel_id
    assert before.expires_at is not None
    assert after.expires_at == before.expires_at + timedelta(days=5)


def test_one_that_ended_unnoticed_is_opened_anew(
    site: PushSite, graph: GraphSim, outlook: int, clock: FrozenClock
) -> None:
    site.keep()
    graph.subscriptions.all.clear()
    pass_time(clock, graph, days=5)

    site.keep()

    assert [site.watch(outlook).channel_id] == list(graph.subscriptions.all)


def test_after_three_attempts_it_is_left_to_polling_for_a_day(
    site: PushSite, sim: ProviderSim, calendar: int, clock: FrozenClock
) -> None:
    sim.google.fail_next("events.watch", times=None)
    for _ in range(10):
        site.keep()
        pass_time(clock, sim, hours=1)

    assert sim.calls.count("events.watch") == 3
    assert (site.watch(calendar).mode, site.watch(calendar).attempts) == ("polling", 3)

    sim.faults.clear()
    pass_time(clock, sim, days=1)
    site.keep()
    assert (site.watch(calendar).mode, site.watch(calendar).attempts) == ("push", 0)


@pytest.mark.parametrize("status", [404, 403])
def test_a_calendar_that_cannot_be_watched_is_asked_about_once(
    site: PushSite, sim: ProviderSim, calendar: int, clock: FrozenClock, status: int
) -> None:
    sim.google.fail_next(
        "events.watch", status=status, reason="pushNotSupportedForRequestedResource"
    )

    for _ in range(5):
        site.keep()
        pass_time(clock, sim, hours=2)

    assert sim.calls.count("events.watch") == 1
    assert site.watch(calendar).mode == "polling"
    assert site.services.connections.list(site.host_id)[0].status == "connected"


def test_retry_after_is_waited_for(
    site: PushSite, sim: ProviderSim, calendar: int, clock: FrozenClock
) -> None:
    sim.google.fail_next("events.watch", status=429, retry_after="900", reason="rateLimitExceeded")
    site.keep()
    pass_time(clock, sim, minutes=14)
    site.keep()
    assert sim.calls.count("events.watch") == 1

    pass_time(clock, sim, minutes=2)
    site.keep()

    assert site.watch(calendar).mode == "push"


def test_deselecting_stops_the_channel(site: PushSite, sim: ProviderSim, calendar: int) -> None:
    site.keep()
    (selection,) = site.services.selection.list(site.host_id)
    site.services.selection.unselect(site.host_id, selection.id)

    site.keep()

    assert sim.google.channels == []
    assert channels() == []
    assert site.keep() == 0


def test_a_stop_that_fails_is_tried_three_times(
    site: PushSite, sim: ProviderSim, calendar: int
) -> None:
    site.keep()
    (selection,) = site.services.selection.list(site.host_id)
    site.services.selection.unselect(site.host_id, selection.id)
    sim.google.fail_next("channels.stop", times=None)

    for _ in range(5):
        site.keep()

    assert sim.calls.count("channels.stop") == 3
    assert channels() == []


def test_disconnecting_stops_all_channels_first(
    site: PushSite, sim: ProviderSim, graph: GraphSim, calendar: int, outlook: int
) -> None:
    site.keep()

    for connection in site.services.connections.list(site.host_id):
        site.services.connections.disconnect(site.host_id, connection.id)

    assert (sim.google.channels, graph.subscriptions.all, channels()) == ([], {}, [])
    assert sim.calls.index("channels.stop") < sim.calls.index("oauth.revoke")


def test_disconnecting_goes_on_where_the_stop_fails(
    site: PushSite, sim: ProviderSim, calendar: int
) -> None:
    site.keep()
    sim.google.fail_next("channels.stop", times=None)
    (connection,) = site.services.connections.list(site.host_id)

    site.services.connections.disconnect(site.host_id, connection.id)

    assert site.services.connections.list(site.host_id) == ()
    assert calendar


def test_a_revoked_grant_is_noticed_and_nothing_is_hammered(
    site: PushSite, sim: ProviderSim, calendar: int, clock: FrozenClock
) -> None:
    sim.google.revoke(HOST)
    for _ in range(4):
        site.keep()
        pass_time(clock, sim, hours=1)

    (connection,) = site.services.connections.list(site.host_id)
    assert connection.status == "reconnect_required"
    assert sim.calls.count("events.watch") <= 2

    site.services.connections.reconnect(site.host_id, connection.id, google_account(sim).secret)
    pass_time(clock, sim, hours=1)
    site.keep()
    assert site.watch(calendar).mode == "push"
    watch = tried(calendar)
    assert watch is not None
    assert watch.error is None
