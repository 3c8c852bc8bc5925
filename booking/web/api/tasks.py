"""`/tasks` and `/task-calendar`: to-dos, their switches, and the calendar that receives them."""

from __future__ import annotations

from typing import Any

from booking.accounts.values import Scope
from booking.tasks.switches import Which
from booking.tasks.values import Show, TaskCalendarView, TaskView
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_cut, page_of, page_request
from booking.web.policy import api_key
from booking.web.schemas.tasks import (
    NewTaskCalendarSchema,
    SwitchSchema,
    TaskCalendarSchema,
    TaskChangeSchema,
    TaskListSchema,
    TaskSchema,
)

tasks = ApiBlueprint(
    "tasks",
    __name__,
    url_prefix=f"{API_ROOT}/tasks",
    description="To-dos, each with its own switch for the calendar.",
)
task_calendar = ApiBlueprint(
    "task_calendar",
    __name__,
    url_prefix=f"{API_ROOT}/task-calendar",
    description="The calendar that receives tasks.",
)


@tasks.route("")
@api_key(Scope.READ)
@tasks.doc(**PAGED)
@tasks.arguments(TaskListSchema, location="query")
@tasks.response(200, page_of(TaskSchema))
def list_tasks(fields: dict[str, Any]) -> Page[TaskView]:
    """List the tasks; `upcoming` holds completed ones until their due time is over."""
    wanted = page_request()
    found = services().tasks.service.page(
        user_id(), Show(fields["show"]), after=wanted.key or 0, limit=wanted.limit + 1
    )
    return page_cut(found, wanted, lambda task: task.id)


@tasks.route("", methods=["POST"])
@api_key(Scope.WRITE)
@tasks.arguments(TaskSchema)
@tasks.response(201, TaskSchema)
def create_task(fields: dict[str, Any]) -> TaskView:
    """Make a task; its switch is off unless `sync_enabled` says otherwise."""
    return services().tasks.service.create(user_id(), fields)


@tasks.route("/<id:task_id>")
@api_key(Scope.READ)
@tasks.response(200, TaskSchema)
def show_task(task_id: int) -> TaskView:
    """Show a task and how its event stands."""
    return services().tasks.service.get(user_id(), task_id)


@tasks.route("/<id:task_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@tasks.arguments(TaskChangeSchema)
@tasks.response(200, TaskSchema)
def change_task(fields: dict[str, Any], task_id: int) -> TaskView:
    """Change the given fields; the event follows. Without a due date the switch goes off."""
    return services().tasks.service.change(user_id(), task_id, fields)


@tasks.route("/<id:task_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@tasks.response(204)
def delete_task(task_id: int) -> None:
    """Delete a task and its event."""
    services().tasks.service.delete(user_id(), task_id)


@tasks.route("/<id:task_id>/conflict/dismiss", methods=["POST"])
@api_key(Scope.WRITE)
@tasks.response(200, TaskSchema)
def dismiss_conflict(task_id: int) -> TaskView:
    """Keep the task's values of a conflict, and forget the calendar's."""
    return services().tasks.service.dismiss(user_id(), task_id)


@tasks.route("/<id:task_id>/conflict/use-other", methods=["POST"])
@api_key(Scope.WRITE)
@tasks.response(200, TaskSchema)
def use_other(task_id: int) -> TaskView:
    """Take the calendar's values of a conflict after all."""
    return services().tasks.service.use_other(user_id(), task_id)


@tasks.route("/switch", methods=["POST"])
@api_key(Scope.WRITE)
@tasks.arguments(SwitchSchema)
@tasks.response(202, TaskCalendarSchema)
def switch_tasks(fields: dict[str, Any]) -> TaskCalendarView:
    """Switch many tasks at once; `progress` of the task calendar tells how far writing is."""
    which = Which(fields["which"]) if "which" in fields else fields["task_ids"]
    return services().tasks.switches.switch(user_id(), which, enabled=fields["enabled"])


@tasks.route("/stop", methods=["POST"])
@api_key(Scope.WRITE)
@tasks.response(200, TaskCalendarSchema)
def stop_tasks() -> TaskCalendarView:
    """Switch off again what is not written yet; what stands in the calendar stays on."""
    return services().tasks.switches.stop(user_id())


@task_calendar.route("")
@api_key(Scope.READ)
@task_calendar.response(200, TaskCalendarSchema)
def show_calendar() -> TaskCalendarView:
    """Show which calendar receives tasks, and how far writing is."""
    return services().tasks.switches.calendar(user_id())


@task_calendar.route("", methods=["PUT"])
@api_key(Scope.WRITE)
@task_calendar.arguments(NewTaskCalendarSchema)
@task_calendar.response(200, TaskCalendarSchema)
def set_calendar(fields: dict[str, Any]) -> TaskCalendarView:
    """Let tasks go to a calendar; events move there from the one before."""
    return services().tasks.switches.set_calendar(user_id(), fields["calendar_id"])


@task_calendar.route("", methods=["DELETE"])
@api_key(Scope.WRITE)
@task_calendar.response(204)
def clear_calendar() -> None:
    """Let tasks go nowhere: all switches go off, and the events go."""
    services().tasks.switches.clear_calendar(user_id())
