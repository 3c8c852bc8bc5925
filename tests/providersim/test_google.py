"""The simulator behaves as Google does, driven by Google's own client library over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from tests.providersim.faults import Act
from tests.providersim.server import ProviderSim
from tests.servers.scripted import Reply, ScriptedServer

HOST = "host@example.org"
NINE = {"dateTime": "2026-11-23T09:00:00+01:00", "timeZone": "Europe/Berlin"}
TEN = {"dateTime": "2026-11-23T10:00:00+01:00", "timeZone": "Europe/Berlin"}


@pytest.fixture
def api(sim: ProviderSim) -> Iterator[Any]:
    """The library's service object, signed in as the host."""
    token, _ = sim.google.sign_in(HOST)
    place = files("googleapiclient.discovery_cache") / "documents" / "calendar.v3.json"
    document = json.loads(place.read_text(encoding="utf-8"))
    document |= {"rootUrl": sim.url, "baseUrl": f"{sim.url}calendar/v3/"}
    document.pop("mtlsRootUrl", None)
    known = Credentials(token=token)  # type: ignore[no-untyped-call]
    http = google_auth_httplib2.AuthorizedHttp(known, http=httplib2.Http())
    service = build_from_document(document, http=http)
    yield service
    service.close()


def refused(call: Callable[[], object]) -> tuple[int, str]:
    """Return status and reason of a refusal."""
    with pytest.raises(HttpError) as caught:
        call()
    return int(caught.value.status_code), caught.value.error_details[0]["reason"]


def put(api: Any, **fields: Any) -> dict[str, Any]:
    body = {"start": NINE, "end": TEN, **fields}
    made: dict[str, Any] = api.events().insert(calendarId="primary", body=body).execute()
    return made


def listed(api: Any, **options: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.events().list(calendarId="primary", **options).execute()
    return answer


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer.get("items", ())]


def test_the_list_of_calendars_has_roles_and_a_token(api: Any, sim: ProviderSim) -> None:
    sim.google.add_calendar(HOST, "Team", role="reader")

    answer = api.calendarList().list().execute()

    roles = {item["summary"]: item["accessRole"] for item in answer["items"]}
    assert roles == {HOST: "owner", "Team": "reader"}
    assert [item.get("primary", False) for item in answer["items"]] == [True, False]
    assert answer["nextSyncToken"]


def test_a_new_calendar_is_owned(api: Any) -> None:
    made = api.calendars().insert(body={"summary": "New"}).execute()

    assert api.calendarList().get(calendarId=made["id"]).execute()["accessRole"] == "owner"


def test_only_readers_write_nothing(api: Any, sim: ProviderSim) -> None:
    key = sim.google.add_calendar(HOST, "Team", role="reader")
    call = api.events().insert(calendarId=key, body={"start": NINE, "end": TEN})

    assert refused(call.execute) == (403, "requiredAccessLevel")


def test_what_was_sent_survives(api: Any) -> None:
    sent = {
        "summary": "Büro",
        "attendees": [{"email": "guest@example.org", "optional": True}],
        "extendedProperties": {"private": {"a": "1"}, "shared": {"b": "2"}},
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]},
    }

    made = put(api, **sent)

    got = api.events().get(calendarId="primary", eventId=made["id"]).execute()
    assert {name: got[name] for name in sent} == sent
    assert {"id", "etag", "status", "iCalUID", "organizer", "updated", "sequence"} <= set(got)


def test_dates_stay_dates(api: Any) -> None:
    made = put(api, start={"date": "2026-11-23"}, end={"date": "2026-11-24"})

    assert made["start"] == {"date": "2026-11-23"}


def test_a_patch_merges_and_moves_the_etag(api: Any) -> None:
    made = put(api, summary="A", location="Room", extendedProperties={"private": {"a": "1"}})

    change = {"summary": "B", "extendedProperties": {"private": {"b": "2"}}}
    after = api.events().patch(calendarId="primary", eventId=made["id"], body=change).execute()

    assert (after["summary"], after["location"]) == ("B", "Room")
    assert after["extendedProperties"]["private"] == {"a": "1", "b": "2"}
    assert after["etag"] != made["etag"]


def test_an_import_keeps_its_uid(api: Any) -> None:
    body = {"start": NINE, "end": TEN, "iCalUID": "theirs@example.org"}

    first = api.events().import_(calendarId="primary", body=body).execute()
    again = api.events().import_(calendarId="primary", body=body).execute()

    assert first["iCalUID"] == "theirs@example.org"
    assert again["id"] == first["id"]


def test_fields_cut(api: Any) -> None:
    made = put(api, summary="A")

    assert listed(api, fields="items(id,start/timeZone)") == {
        "items": [{"id": made["id"], "start": {"timeZone": "Europe/Berlin"}}]
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": "no"}, (400, "invalid")),
        ({"id": "UPPERCASE"}, (400, "invalid")),
        ({"end": {"dateTime": "2026-11-23T08:00:00+01:00"}}, (400, "timeRangeEmpty")),
        ({"end": {"date": "2026-11-24"}}, (400, "invalid")),
    ],
)
def test_what_makes_no_sense_is_refused(
    api: Any, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refused(lambda: put(api, **fields)) == expected


def test_an_id_is_taken_for_good(api: Any) -> None:
    put(api, id="abcde")
    api.events().delete(calendarId="primary", eventId="abcde").execute()

    assert refused(lambda: put(api, id="abcde")) == (409, "duplicate")
    got = api.events().get(calendarId="primary", eventId="abcde").execute()
    assert got["status"] == "cancelled"
    delete = api.events().delete(calendarId="primary", eventId="abcde")
    assert refused(delete.execute) == (410, "deleted")


def test_preconditions_hold(api: Any) -> None:
    made = put(api, summary="A")
    events = api.events()
    stale = events.patch(calendarId="primary", eventId=made["id"], body={"summary": "C"})
    stale.headers["If-Match"] = made["etag"]
    events.patch(calendarId="primary", eventId=made["id"], body={"summary": "B"}).execute()

    assert refused(stale.execute) == (412, "conditionNotMet")


def test_unknown_is_not_found(api: Any, sim: ProviderSim) -> None:
    get = api.events().get(calendarId="primary", eventId="nothere")
    assert refused(get.execute) == (404, "notFound")
    gone = api.events().list(calendarId="other@example.org")
    assert refused(gone.execute) == (404, "notFound")
    sim.google.revoke(HOST)
    get.http.credentials.token = "bad"
    get.http.credentials.refresh = lambda _: None
    assert refused(get.execute)[0] == 401


def test_lists_filter(api: Any) -> None:
    mine = put(api, extendedProperties={"private": {"k": "v"}})
    other = put(api, id="bbbbb")
    api.events().delete(calendarId="primary", eventId="bbbbb").execute()

    assert ids(listed(api, privateExtendedProperty="k=v")) == [mine["id"]]
    assert ids(listed(api, iCalUID=mine["iCalUID"])) == [mine["id"]]
    assert ids(listed(api)) == [mine["id"]]
    assert set(ids(listed(api, showDeleted=True))) == {mine["id"], other["id"]}


def test_the_token_comes_with_the_last_page_only(api: Any, sim: ProviderSim) -> None:
    for number in range(5):
        sim.google.add_event(HOST, id=f"aaaa{number}", start=NINE, end=TEN)

    first = listed(api, maxResults=3)
    last = listed(api, maxResults=3, pageToken=first["nextPageToken"])

    assert "nextSyncToken" not in first
    assert len(first["items"]) + len(last["items"]) == 5
    assert last["nextSyncToken"]


def test_the_next_round_has_changes_and_tombstones_alone(api: Any) -> None:
    kept, edited, deleted = put(api), put(api), put(api)
    token = listed(api)["nextSyncToken"]
    api.events().patch(calendarId="primary", eventId=edited["id"], body={"summary": "x"}).execute()
    api.events().delete(calendarId="primary", eventId=deleted["id"]).execute()

    after = listed(api, syncToken=token)

    assert kept["id"] not in ids(after)
    found = {item["id"]: item for item in after["items"]}
    assert found[deleted["id"]]["status"] == "cancelled"
    assert "start" not in found[deleted["id"]]
    assert found[edited["id"]]["summary"] == "x"
    assert listed(api, syncToken=after["nextSyncToken"])["items"] == []


def test_tokens_are_refused_where_they_must_be(api: Any, sim: ProviderSim) -> None:
    token = listed(api)["nextSyncToken"]

    assert refused(lambda: listed(api, syncToken="bogus"))[0] == 410
    with_window = {"syncToken": token, "timeMin": "2026-01-01T00:00:00Z"}
    assert refused(lambda: listed(api, **with_window))[0] == 400
    sim.google.expire_cursors(HOST)
    assert refused(lambda: listed(api, syncToken=token)) == (410, "fullSyncRequired")


def test_a_series_keeps_wall_time_and_its_exceptions(api: Any) -> None:
    start = {"dateTime": "2027-03-22T09:00:00+01:00", "timeZone": "Europe/Berlin"}
    end = {"dateTime": "2027-03-22T10:00:00+01:00", "timeZone": "Europe/Berlin"}
    made = put(api, start=start, end=end, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    instances = api.events().instances(calendarId="primary", eventId=made["id"]).execute()

    first, second, third = instances["items"]

    assert second["id"] == f"{made['id']}_20270329T070000Z"
    assert second["start"]["dateTime"] == "2027-03-29T09:00:00+02:00"
    api.events().delete(calendarId="primary", eventId=first["id"]).execute()
    change = {"summary": "moved"}
    api.events().patch(calendarId="primary", eventId=third["id"], body=change).execute()
    rows = {item["id"]: item for item in listed(api)["items"]}
    assert rows[made["id"]]["recurrence"] == ["RRULE:FREQ=WEEKLY;COUNT=3"]
    assert rows[first["id"]]["status"] == "cancelled"
    assert rows[third["id"]]["summary"] == "moved"
    assert rows[third["id"]]["originalStartTime"]["dateTime"].startswith("2027-04-05T09:00:00")
    singles = listed(api, singleEvents=True, orderBy="startTime")
    assert ids(singles) == [second["id"], third["id"]]


def test_free_busy_counts_what_takes_time(api: Any) -> None:
    put(api, recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    put(api, transparency="transparent", start=TEN, end={"dateTime": "2026-11-23T11:00:00+01:00"})
    body = {
        "timeMin": "2026-11-23T00:00:00Z",
        "timeMax": "2026-11-26T00:00:00Z",
        "items": [{"id": HOST}, {"id": "other@example.org"}],
    }

    found = api.freebusy().query(body=body).execute()["calendars"]

    assert found[HOST]["busy"] == [
        {"start": "2026-11-23T08:00:00Z", "end": "2026-11-23T09:00:00Z"},
        {"start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z"},
    ]
    assert found["other@example.org"]["errors"][0]["reason"] == "notFound"


def test_a_channel_is_told_and_can_be_stopped(api: Any, sim: ProviderSim) -> None:
    with ScriptedServer(lambda _: Reply(200)) as client:
        body = {"id": "channel-1", "type": "web_hook", "address": client.url, "token": "secret"}
        channel = api.events().watch(calendarId="primary", body=body).execute()
        put(api)
        sim.flush()

        states = [push.headers["X-Goog-Resource-State"] for push in client.requests]
        assert states == ["sync", "exists"]
        assert {push.headers["X-Goog-Channel-Token"] for push in client.requests} == {"secret"}
        assert channel["expiration"].isdigit()
        again = api.events().watch(calendarId="primary", body=body)
        assert refused(again.execute) == (400, "channelIdNotUnique")
        stop = {"id": "channel-1", "resourceId": channel["resourceId"]}
        api.channels().stop(body=stop).execute()
        assert refused(api.channels().stop(body=stop).execute) == (404, "notFound")


def test_a_meeting_link_is_made_where_it_is_asked_for(api: Any) -> None:
    asked = {"createRequest": {"requestId": "r", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
    body = {"start": NINE, "end": TEN, "conferenceData": asked}
    events = api.events()

    with_link = events.insert(calendarId="primary", body=body, conferenceDataVersion=1).execute()
    without = events.insert(calendarId="primary", body=body).execute()

    assert with_link["conferenceData"]["entryPoints"][0]["uri"] == with_link["hangoutLink"]
    assert "conferenceData" not in without


def test_mails_go_out_only_where_they_were_asked_for(api: Any, sim: ProviderSim) -> None:
    people = [{"email": "guest@example.org"}]
    body = {"start": NINE, "end": TEN, "attendees": people}
    for choice in ("none", "all"):
        api.events().insert(calendarId="primary", body=body, sendUpdates=choice).execute()

    assert [mail.to for mail in sim.google.mails] == [("guest@example.org",)]
    assert [write.send_updates for write in sim.google.journal] == ["none", "all"]


def test_a_write_may_be_done_although_its_answer_is_lost(api: Any, sim: ProviderSim) -> None:
    sim.google.fail_next("events.patch", Act.APPLY_THEN_STATUS, status=503)
    made = put(api)
    patch = api.events().patch(calendarId="primary", eventId=made["id"], body={"summary": "x"})

    assert refused(patch.execute) == (503, "backendError")
    assert sim.google.row(HOST, made["id"])["summary"] == "x"


def test_unknown_fields_and_parameters_are_held_against_the_sender(
    api: Any, sim: ProviderSim
) -> None:
    with pytest.raises(HttpError):
        put(api, frobnicate=True)

    assert sim.violations == ["Event: unknown field frobnicate"]
    sim.violations.clear()


def test_what_is_known_already_is_not_sent_again(api: Any) -> None:
    made = put(api)
    get = api.events().get(calendarId="primary", eventId=made["id"])
    get.headers["If-None-Match"] = made["etag"]

    with pytest.raises(HttpError) as caught:
        get.execute()
    assert int(caught.value.status_code) == 304


def test_who_asks_too_often_in_a_minute_is_refused_for_its_rest(api: Any, sim: ProviderSim) -> None:
    sim.quota.a_minute = 3
    for _ in range(3):
        listed(api)

    assert refused(lambda: listed(api)) == (403, "userRateLimitExceeded")
    sim.clock.advance(61)
    assert ids(listed(api)) == []


def test_a_push_has_every_header_and_the_numbers_rise(api: Any, sim: ProviderSim) -> None:
    with ScriptedServer(lambda _: Reply(200)) as client:
        body = {"id": "channel-1", "type": "web_hook", "address": client.url, "token": "secret"}
        channel = api.events().watch(calendarId="primary", body=body).execute()
        put(api)
        sim.flush()
        first, second = client.requests

    assert second.body == b""
    assert second.headers["X-Goog-Channel-ID"] == "channel-1"
    assert second.headers["X-Goog-Resource-ID"] == channel["resourceId"]
    assert second.headers["X-Goog-Channel-Expiration"]
    numbers = [int(push.headers["X-Goog-Message-Number"]) for push in (first, second)]
    assert numbers == sorted(numbers)
