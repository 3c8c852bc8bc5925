"""Through a storm of faults nothing is lost, renamed or told out of order, with two workers."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

from booking.jobs.build import build_runner
from tests.servers.scripted import Manner, Reply, Request, ScriptedServer
from tests.webhooks.receiver import Message, message_of
from tests.webhooks.scene import Hooks

BOOKINGS, CHANGES = 3, 4
FAULTS = (
    Reply(500),
    Reply(429, headers={"Retry-After": "7"}),
    Reply(302, headers={"Location": "/elsewhere"}),
    Reply(manner=Manner.RESET),
    Reply(manner=Manner.CLOSE),
    Reply(manner=Manner.HALF, body=b"x" * 100),
)
TAKEN = tuple(Reply(status) for status in (200, 201, 202, 204, 226))


class Stormy:
    """A receiver that fails every other time, and notes what it took and what it only saw."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._lock = Lock()
        self.seen: list[Message] = []
        self.taken: list[Message] = []

    def answer(self, request: Request) -> Reply:
        with self._lock:
            message = message_of(request)
            self.seen.append(message)
            reply = self._dice.choice((*FAULTS, *TAKEN))
            if reply.status < 300 and reply.manner in {Manner.WHOLE, Manner.HALF}:
                self.taken.append(message)
            return reply


def _work(hooks: Hooks) -> None:
    """Let two workers run what is due; both try every job at the same moment."""
    hooks.room.outbox.ask_due()
    runner = build_runner(hooks.app)
    together = Barrier(2)

    def run(ids: list[int]) -> None:
        with hooks.app.app_context():
            together.wait()
            for job_id in ids:
                runner.run(job_id)

    while waiting := runner.due():
        with ThreadPoolExecutor(2) as crew:
            list(crew.map(run, [waiting, waiting]))


def test_every_message_arrives_once_taken_in_order_and_under_one_name(
    either_hooks: Hooks,
) -> None:
    hooks, storms = either_hooks, [Stormy(1), Stormy(2)]
    with ScriptedServer(storms[0].answer) as one, ScriptedServer(storms[1].answer) as two:
        webhooks = [hooks.add(server.url) for server in (one, two)]
        for number in range(BOOKINGS):
            keys = [f"{number}-{change}" for change in range(CHANGES)]
            hooks.happen(*keys, subject=f"booking {number}")
        for _ in range(200):
            if all(set(hooks.states(made)) == {"sent"} for made in webhooks):
                break
            _work(hooks)
            hooks.clock.advance(minutes=5)

    for storm, made in zip(storms, webhooks, strict=True):
        names = {(message.data["uid"], message.id) for message in storm.seen}
        assert len(names) == len({uid for uid, _ in names}) == BOOKINGS * CHANGES
        assert {each.message_id for each in hooks.log(made)} == {name for _, name in names}
        for number in range(BOOKINGS):
            of_booking = [uid for uid in _uids(storm.taken) if uid.startswith(f"{number}-")]
            assert of_booking == sorted(of_booking) == sorted(set(of_booking))


def _uids(messages: list[Message]) -> list[str]:
    return [message.data["uid"] for message in messages]
