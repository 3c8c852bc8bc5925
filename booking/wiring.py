"""Where concrete things meet: settings become services."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from booking.accounts.announcements import Announce
from booking.accounts.hosts import AccountHosts
from booking.accounts.keys import ApiKeys
from booking.accounts.notices import TellHost
from booking.accounts.service import AccountService
from booking.accounts.signin import SignIn
from booking.availability.service import ScheduleService
from booking.availability.store import owns_schedule
from booking.bookings.announcing import Announcer
from booking.bookings.answering import Answers
from booking.bookings.feeds import FeedService
from booking.bookings.full import FullNotices
from booking.bookings.holds import HoldService
from booking.bookings.listing import BookingList
from booking.bookings.looking import Looker
from booking.bookings.lookout import Lookout
from booking.bookings.mailbox import BookingMailbox
from booking.bookings.mailing import BookingMails
from booking.bookings.meeting_links import MeetingLinks
from booking.bookings.publishing import Publisher
from booking.bookings.reminders import Reminders
from booking.bookings.service import BookingService
from booking.bookings.shares import TeamShares
from booking.bookings.slots import SlotFinder
from booking.bookings.store import own_uids
from booking.bookings.telling import Teller
from booking.bookings.unwritten import UnwrittenNotices
from booking.bookings.views import Views
from booking.bookings.wishes import WishService
from booking.bookings.writer import BookingWriter
from booking.calendars.connections import ConnectionService
from booking.calendars.cursor_rows import cached_calendars, forget_busy
from booking.calendars.hearing import PushDesk
from booking.calendars.hints import Hints
from booking.calendars.live import LiveLook
from booking.calendars.oauth import Farewell, OAuthService
from booking.calendars.oauth_tokens import TokenKeeper
from booking.calendars.providers.clouds import authorities, cloud_client
from booking.calendars.providers.registry import Clouds, ProviderRegistry
from booking.calendars.refresh import Refresher
from booking.calendars.selection import SelectionService
from booking.calendars.status import StatusService
from booking.calendars.watch_rules import hook_addresses
from booking.calendars.watching import WatchKeeper
from booking.core.clock import Clock, SystemClock
from booking.eventtypes.leaving import EventTypeDepartures
from booking.eventtypes.pages import GuestPages
from booking.eventtypes.private_links import PrivateLinks
from booking.eventtypes.service import EventTypeService
from booking.eventtypes.store import destinations_in_use, needed_by, takes_part
from booking.mail.room import MailRoom, mail_room
from booking.pairs.runner import PairRunner
from booking.pairs.service import PairService
from booking.queue.workers import process_name
from booking.resources.service import ResourceService
from booking.security.cipher import Cipher
from booking.security.outbound import OutboundClient
from booking.security.passwords import Passwords
from booking.security.replay import Replays
from booking.security.throttle import Throttle
from booking.settings import Settings
from booking.tasks.ending import Leaving
from booking.tasks.jobs import targets_in_use
from booking.tasks.room import TaskRoom, task_room
from booking.teams.service import TeamService
from booking.upkeep.doctor import Doctor
from booking.upkeep.erasing import Eraser, Keepers
from booking.upkeep.exporting import Exporter
from booking.webhooks.room import WebhookRoom, webhook_room

Context = Callable[[], AbstractContextManager[object]]
"""What threads of their own enter before they ask the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRoom:
    """What keeps the channels of providers, and what hears their pushes."""

    keeper: WatchKeeper
    desk: PushDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What tells people of bookings: changes, mails, and what keeps bookings away."""

    teller: Teller
    mails: BookingMailbox
    reminders: Reminders
    full: FullNotices
    unwritten: UnwrittenNotices


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the doors may call."""

    settings: Settings
    clock: Clock
    cipher: Cipher
    throttle: Throttle
    replays: Replays
    accounts: AccountService
    sign_in: SignIn
    api_keys: ApiKeys
    schedules: ScheduleService
    teams: TeamService
    team_shares: TeamShares
    resources: ResourceService
    event_types: EventTypeService
    private_links: PrivateLinks
    guest_pages: GuestPages = field(default_factory=GuestPages)
    connections: ConnectionService
    oauth: OAuthService
    selection: SelectionService
    calendar_status: StatusService
    refresher: Refresher
    push: PushRoom
    pairs: PairService
    pair_runner: PairRunner
    live_look: LiveLook
    slots: SlotFinder
    bookings: BookingService
    wishes: WishService
    booking_list: BookingList
    booking_views: Views
    booking_writer: BookingWriter
    meeting_links: MeetingLinks
    answers: Answers
    lookout: Lookout
    telling: Telling
    holds: HoldService
    feeds: FeedService
    tasks: TaskRoom
    mail: MailRoom
    webhooks: WebhookRoom
    doctor: Doctor
    exporter: Exporter
    eraser: Eraser


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    """What most rooms are built from; `owner` names this process in leases."""

    settings: Settings
    clock: Clock
    cipher: Cipher
    owner: str
    tell_host: TellHost
    announce: Announce


def build_services(settings: Settings, clock: Clock | None = None, *, context: Context) -> Services:
    """Build every service once, for one process."""
    time, cipher = clock or SystemClock(), Cipher(settings.credential_keys)
    house, mail, webhooks = _post(settings, time, cipher)
    passwords, hosts, throttle = Passwords(), AccountHosts(), Throttle(time, settings.secret_key)
    connections, oauth = _accounts_elsewhere(house)
    refresher = Refresher(connections=connections, clock=time, own_uids=own_uids, owner=house.owner)
    pairs, runner = _pairs(house, connections, refresher)
    live_look = LiveLook(refresher=refresher, clock=time, context=context)
    status = StatusService(clock=time, cached=cached_calendars)
    slots, views = SlotFinder(clock=time, nudge=status.nudge), _views(settings)
    writer, answers, lookout = _calendars_follow(house, connections, views)
    bookings = _bookings(house, slots, views, live_look)
    wishes, teams = _wishes(house, slots, bookings, throttle, mail), _teams(house)
    telling = _telling(house, views, slots, mail)
    keepers = Keepers(bookings, wishes, telling.teller, writer, connections, teams)
    return Services(
        settings=settings,
        clock=time,
        cipher=cipher,
        throttle=throttle,
        replays=Replays(time, cipher),
        accounts=AccountService(time, passwords, owns_schedule),
        sign_in=SignIn(time, passwords, throttle),
        api_keys=ApiKeys(time),
        schedules=ScheduleService(clock=time, hosts=hosts),
        teams=teams,
        team_shares=TeamShares(time),
        resources=ResourceService(clock=time, needed_by=needed_by),
        private_links=_private_links(house),
        event_types=_event_types(house, hosts),
        connections=connections,
        oauth=oauth,
        selection=SelectionService(clock=time, owns_event_type=takes_part, forget_busy=forget_busy),
        calendar_status=status,
        refresher=refresher,
        pairs=pairs,
        push=_push(house, connections),
        pair_runner=runner,
        live_look=live_look,
        slots=slots,
        bookings=bookings,
        wishes=wishes,
        booking_list=BookingList(clock=time, views=views),
        booking_views=views,
        booking_writer=writer,
        meeting_links=MeetingLinks(connections=connections, clock=time),
        answers=answers,
        lookout=lookout,
        telling=telling,
        holds=HoldService(clock=time, slots=slots),
        feeds=_feeds(house),
        tasks=task_room(settings.base_url, time, connections, house.tell_host),
        mail=mail,
        webhooks=webhooks,
        doctor=Doctor(settings, time, cipher),
        exporter=Exporter(time, settings.secret_key),
        eraser=_eraser(house, keepers),
    )


def _post(settings: Settings, clock: Clock, cipher: Cipher) -> tuple[_House, MailRoom, WebhookRoom]:
    """Build what carries news out of the house, and the house that knows how to call it."""
    mail = mail_room(settings, clock, cipher)
    webhooks = webhook_room(settings, clock, cipher, mail.notices.tell)
    house = _House(
        settings=settings,
        clock=clock,
        cipher=cipher,
        owner=process_name(),
        tell_host=mail.notices.tell,
        announce=webhooks.outbox.announce,
    )
    return house, mail, webhooks


def _push(house: _House, connections: ConnectionService) -> PushRoom:
    """Build what keeps and hears channels; those of a connection that is removed are stopped."""
    settings = house.settings
    apis = {"google": settings.google_api_base, "microsoft": settings.microsoft_graph_base}
    keeper = WatchKeeper(
        connections=connections,
        clock=house.clock,
        hooks=hook_addresses(settings.base_url, apis),
        uses=(destinations_in_use, targets_in_use),
    )
    connections.before_leaving = keeper.leave
    desk = PushDesk(hints=Hints(house.clock), clock=house.clock)
    return PushRoom(keeper=keeper, desk=desk)


def _views(settings: Settings) -> Views:
    """Build what shows bookings."""
    return Views(base_url=settings.base_url, secret_key=settings.secret_key)


def _feeds(house: _House) -> FeedService:
    """Build what hosts publish."""
    publisher = Publisher(house.clock, house.settings.base_url)
    return FeedService(clock=house.clock, publisher=publisher)


def _accounts_elsewhere(house: _House) -> tuple[ConnectionService, OAuthService]:
    """Build what opens accounts at providers, by password or by granted access."""
    settings, clock = house.settings, house.clock
    cloud = cloud_client(settings)
    granting = authorities(settings, cloud, clock)
    clouds = Clouds(
        outbound=cloud,
        tokens=TokenKeeper(authorities=granting, cipher=house.cipher, clock=clock),
        google_base=settings.google_api_base,
        graph_base=settings.microsoft_graph_base,
    )
    outbound = OutboundClient(settings.outbound_private_hosts)
    connections = ConnectionService(
        providers=ProviderRegistry(outbound=outbound, clock=clock, clouds=clouds),
        cipher=house.cipher,
        clock=clock,
        farewell=Farewell(granting),
        tell_host=house.tell_host,
        announce=house.announce,
        leaving=Leaving(clock),
    )
    oauth = OAuthService(
        authorities=granting,
        connections=connections,
        clock=clock,
        secret_key=settings.secret_key,
        base_url=settings.base_url,
    )
    return connections, oauth


def _pairs(
    house: _House, connections: ConnectionService, refresher: Refresher
) -> tuple[PairService, PairRunner]:
    """Build what keeps calendars the same."""
    runner = PairRunner(
        connections=connections,
        refresher=refresher,
        clock=house.clock,
        owner=house.owner,
        tell_host=house.tell_host,
        announce=house.announce,
    )
    most = house.settings.max_pairs_per_connection
    pairs = PairService(connections=connections, runner=runner, clock=house.clock, most=most)
    return pairs, runner


def _event_types(house: _House, hosts: AccountHosts) -> EventTypeService:
    settings = house.settings
    return EventTypeService(
        clock=house.clock, hosts=hosts, signup=settings.signup, can_mail=bool(settings.smtp_url)
    )


def _eraser(house: _House, keepers: Keepers) -> Eraser:
    return Eraser(keepers=keepers, clock=house.clock, secret_key=house.settings.secret_key)


def _private_links(house: _House) -> PrivateLinks:
    settings = house.settings
    return PrivateLinks(
        clock=house.clock, secret_key=settings.secret_key, base_url=settings.base_url
    )


def _wishes(
    house: _House, slots: SlotFinder, bookings: BookingService, throttle: Throttle, mail: MailRoom
) -> WishService:
    return WishService(
        clock=house.clock,
        cipher=house.cipher,
        throttle=throttle,
        slots=slots,
        bookings=bookings,
        outbox=mail.outbox,
        secret_key=house.settings.secret_key,
        base_url=house.settings.base_url,
    )


def _teams(house: _House) -> TeamService:
    signup = house.settings.signup
    departures = EventTypeDepartures(signup)
    hosts = AccountHosts()
    return TeamService(clock=house.clock, hosts=hosts, departures=departures, signup=signup)


def _calendars_follow(
    house: _House, connections: ConnectionService, views: Views
) -> tuple[BookingWriter, Answers, Lookout]:
    """Build what keeps calendars in step with bookings, and notices what hosts do in them."""
    clock, tell_host = house.clock, house.tell_host
    writer = BookingWriter(
        connections=connections,
        clock=clock,
        base_url=house.settings.base_url,
        owner=house.owner,
        tell_host=tell_host,
    )
    answers = Answers(clock=clock, views=views, tell_host=tell_host)
    lookout = Lookout(writer=writer, answers=answers, clock=clock, tell_host=tell_host)
    return writer, answers, lookout


def _bookings(
    house: _House, slots: SlotFinder, views: Views, live_look: LiveLook
) -> BookingService:
    """Build what makes and changes bookings."""
    return BookingService(
        clock=house.clock,
        slots=slots,
        views=views,
        looker=Looker(clock=house.clock, slots=slots, look=live_look.look),
        domain=_domain(house.settings.base_url),
        sends_mail=bool(house.settings.smtp_url),
    )


def _telling(house: _House, views: Views, slots: SlotFinder, mail: MailRoom) -> Telling:
    """Build what tells people of bookings, and who hears of their changes."""
    base_url = house.settings.base_url
    mails = BookingMails(outbox=mail.outbox, base_url=base_url)
    reminders = Reminders(clock=house.clock, mails=mail.outbox, views=views, base_url=base_url)
    full = FullNotices(clock=house.clock, slots=slots, tell_host=house.tell_host)
    listeners = (mails, reminders, full, Announcer(house.announce))
    return Telling(
        teller=Teller(clock=house.clock, views=views, listeners=listeners),
        mails=BookingMailbox(outbox=mail.outbox),
        reminders=reminders,
        full=full,
        unwritten=UnwrittenNotices(clock=house.clock, tell_host=house.tell_host),
    )


def _domain(base_url: str) -> str:
    """Return what makes our calendar UIDs unique in the world (RFC 7986, 5.3)."""
    return urlsplit(base_url).hostname or "localhost"
