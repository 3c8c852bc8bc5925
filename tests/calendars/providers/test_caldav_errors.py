"""Every exception of the library underneath becomes one of ours."""

from __future__ import annotations

import inspect

import pytest
from caldav.lib import error as dav_error

from booking.calendars.ports import Step
from booking.calendars.providers.caldav.errors import refusal, told
from booking.core.errors import (
    PermissionDenied,
    ProviderError,
    Unreachable,
    Unsupported,
    VersionConflict,
)

CALDAV = "{urn:ietf:params:xml:ns:caldav}"
LIBRARY = [
    kind
    for _, kind in inspect.getmembers(dav_error, inspect.isclass)
    if issubclass(kind, dav_error.DAVError)
]


@pytest.mark.parametrize("kind", LIBRARY)
def test_an_exception_of_the_library_is_told_as_ours(kind: type[dav_error.DAVError]) -> None:
    with pytest.raises(ProviderError) as caught, told(Step.READ):
        raise kind("https://dav.example.org/secret-path", "their own words")

    assert caught.value.provider == "caldav"
    assert caught.value.step
    assert "their own words" not in caught.value.message
    assert "secret-path" not in caught.value.message


def test_the_list_of_exceptions_is_not_empty() -> None:
    assert len(LIBRARY) > 10


@pytest.mark.parametrize(
    ("status", "step", "condition", "kind"),
    [
        (403, Step.WRITE, "", PermissionDenied),
        (403, Step.WRITE, "no-uid-conflict", VersionConflict),
        (409, Step.WRITE, "no-uid-conflict", VersionConflict),
        (412, Step.WRITE, "no-uid-conflict", VersionConflict),
        (403, Step.WRITE, "valid-calendar-data", Unsupported),
        (403, Step.WRITE, "max-resource-size", Unsupported),
        (400, Step.WRITE, "", Unsupported),
        (413, Step.WRITE, "", Unsupported),
        (415, Step.WRITE, "", Unsupported),
        (507, Step.WRITE, "", PermissionDenied),
        (501, Step.CREATE_CALENDAR, "", Unsupported),
        (504, Step.LIST_ITEMS, "", Unreachable),
    ],
)
def test_a_refusal_is_told_by_status_step_and_condition(
    status: int, step: Step, condition: str, kind: type[ProviderError]
) -> None:
    conditions = frozenset({CALDAV + condition}) if condition else frozenset()

    error = refusal(status, step, conditions)

    assert type(error) is kind
    assert error.message


def test_each_step_refuses_in_its_own_words() -> None:
    steps = (Step.LIST_CALENDARS, Step.CREATE_CALENDAR, Step.WRITE, Step.DELETE, Step.READ)

    assert len({refusal(403, step).message for step in steps}) == len(steps)
