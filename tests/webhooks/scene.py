"""A host with webhooks, and the means to let things happen and to work through the jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask

from booking.accounts.announcements import Announcement
from booking.core.clock import FrozenClock
from booking.db import writing
from booking.jobs.build import build_runner
from booking.security.outbound import OutboundClient
from booking.settings import Settings
from booking.webhooks.models import Webhook
from booking.webhooks.room import WebhookRoom, webhook_room
from booking.webhooks.values import DeliveryView, MadeWebhook, WebhookView
from booking.wiring import Services

PATIENCE = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a test does with webhooks, by the services that the doors use."""

    app: Flask
    clock: FrozenClock
    host_id: int

    @property
    def services(self) -> Services:
        services: Services = self.app.extensions["booking"]
        return services

    @property
    def room(self) -> WebhookRoom:
        return self.services.webhooks

    def add(self, url: str, **fields: Any) -> MadeWebhook:
        return self.room.service.create(self.host_id, {"url": url, **fields})

    def point(self, made: MadeWebhook, url: str) -> None:
        """Write another address past the checks of entering one."""
        with writing() as session:
            session.get_one(Webhook, made.webhook.id).url = url

    def happen(self, *keys: str, subject: str | None = None) -> None:
        """Let things happen; those of one subject in this order."""
        for seq, key in enumerate(keys):
            announcement = Announcement(
                user_ids=(self.host_id,),
                event="booking.created",
                at=self.clock.now(),
                data={"uid": key},
                key=key,
                subject=subject,
                seq=seq,
            )
            with writing() as session:
                self.room.outbox.announce(session, announcement)

    def work(self, **later: float) -> None:
        """Move on by `later`, keep the tick, run the jobs that are due."""
        self.clock.advance(**later)
        self.room.outbox.ask_due()
        runner = build_runner(self.app)
        while waiting := runner.due():
            for job_id in waiting:
                runner.run(job_id)

    def log(self, made: MadeWebhook) -> list[DeliveryView]:
        """Return the log, the oldest first."""
        found = self.room.service.deliveries(self.host_id, made.webhook.id)
        return sorted(found, key=lambda each: each.id)

    def states(self, made: MadeWebhook) -> list[str]:
        return sorted(each.state for each in self.log(made))

    def now(self, made: MadeWebhook) -> WebhookView:
        return self.room.service.get(self.host_id, made.webhook.id)


def hooks_of(
    app: Flask,
    clock: FrozenClock,
    settings: Settings,
    *,
    client: OutboundClient | None = None,
    seconds: float = PATIENCE,
    username: str = "some",
) -> Hooks:
    """Return a host's webhooks."""
    services: Services = app.extensions["booking"]
    room = webhook_room(
        settings,
        clock,
        services.cipher,
        services.mail.notices.tell,
        client=client,
        seconds=seconds,
    )
    app.extensions["booking"] = replace(services, webhooks=room)
    app.extensions.pop("booking.runner", None)
    user = services.accounts.create_user(
        email=f"{username}@example.test",
        name="Host",
        username=username,
        time_zone="Europe/Berlin",
        password=None,
    )
    return Hooks(app=app, clock=clock, host_id=user.id)
