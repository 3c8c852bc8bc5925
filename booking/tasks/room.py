"""The tasks room as the doors see it."""

from __future__ import annotations

from dataclasses import dataclass

from booking.accounts.notices import TellHost
from booking.calendars.connections import ConnectionService
from booking.core.clock import Clock
from booking.queue.workers import process_name
from booking.tasks.service import TaskService
from booking.tasks.switches import TaskSwitches
from booking.tasks.writer import TaskWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRoom:
    """Single tasks, all switches together, and what carries both to calendars."""

    service: TaskService
    switches: TaskSwitches
    writer: TaskWriter


def task_room(
    base_url: str, clock: Clock, connections: ConnectionService, tell_host: TellHost
) -> TaskRoom:
    """Build the room once, for one process."""
    return TaskRoom(
        service=TaskService(clock=clock),
        switches=TaskSwitches(clock=clock),
        writer=TaskWriter(
            connections=connections,
            clock=clock,
            base_url=base_url,
            owner=process_name(),
            tell_host=tell_host,
        ),
    )
