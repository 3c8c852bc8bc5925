"""The simulator behaves as Microsoft does, driven by requests and, where it signs in, by msal."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msal
import pytest
import requests

from tests.providersim.faults import Act
from tests.providersim.graph_oauth import TENANT
from tests.providersim.graph_server import GraphSim

HOST = "host@example.org"
NINE = {"dateTime": "2026-11-23T09:00:00", "timeZone": "Europe/Berlin"}
TEN = {"dateTime": "2026-11-23T10:00:00", "timeZone": "Europe/Berlin"}
WINDOW = {"startDateTime": "2026-11-01T00:00:00Z", "endDateTime": "2026-12-31T00:00:00Z"}
PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'
MARK = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name mark"


@dataclass
class Client:
    """Somebody who is signed in."""

    session: requests.Session
    root: str
    calendar: str

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        address = path if path.startswith("http") else f"{self.root}{path}"
        headers = {"Prefer": PREFER, **options.pop("headers", {})}
        return self.session.request(method, address, headers=headers, timeout=10, **options)

    def events(self, key: str = "") -> str:
        events = f"me/calendars/{self.calendar}/events"
        return f"{events}/{key}" if key else events

    def put(self, **fields: Any) -> dict[str, Any]:
        body = {"subject": "A", "start": NINE, "end": TEN, **fields}
        answer = self.ask("POST", self.events(), json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def walk(self, link: str | None = None) -> tuple[list[dict[str, Any]], str]:
        """Follow delta to its end; return the rows and the link for the next round."""
        path = f"me/calendars/{self.calendar}/calendarView/delta"
        answer = self.ask("GET", link or path, params=None if link else WINDOW).json()
        rows = answer["value"]
        while "@odata.nextLink" in answer:
            assert "@odata.deltaLink" not in answer
            answer = self.ask("GET", answer["@odata.nextLink"]).json()
            rows += answer["value"]
        return rows, answer["@odata.deltaLink"]


@pytest.fixture
def api(graph: GraphSim) -> Iterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = graph.ca_file
        session.headers["Authorization"] = f"Bearer {graph.sign_in(HOST)}"
        (calendar,) = graph.calendars.calendars_of(HOST)
        yield Client(session=session, root=f"{graph.url}v1.0/", calendar=calendar)


def code(answer: requests.Response) -> tuple[int, str]:
    """Return status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


def test_what_was_sent_survives_and_a_patch_moves_the_version(api: Client) -> None:
    mark = {"id": MARK, "value": "ours"}
    made = api.put(
        body={"contentType": "text", "content": "B"}, singleValueExtendedProperties=[mark]
    )

    patched = api.ask("PATCH", api.events(made["id"]), json={"subject": "C"}).json()

    query = {"$expand": f"singleValueExtendedProperties($filter=id eq '{MARK}')"}
    got = api.ask("GET", api.events(made["id"]), params=query).json()
    assert (got["subject"], got["body"]["content"]) == ("C", "B")
    assert got["singleValueExtendedProperties"] == [mark]
    assert got["changeKey"] == patched["changeKey"] != made["changeKey"]
    assert "singleValueExtendedProperties" not in patched


def test_a_private_property_finds_its_event(api: Client) -> None:
    made = api.put(singleValueExtendedProperties=[{"id": MARK, "value": "ours"}])
    api.put()
    wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq 'ours')"

    found = api.ask("GET", api.events(), params={"$filter": wanted}).json()["value"]

    assert [row["id"] for row in found] == [made["id"]]


def test_lists_go_on_page_by_page(api: Client) -> None:
    made = {api.put()["id"] for _ in range(5)}

    first = api.ask("GET", api.events(), params={"$top": 3}).json()
    second = api.ask("GET", first["@odata.nextLink"]).json()

    assert {row["id"] for row in first["value"] + second["value"]} == made
    assert "@odata.nextLink" not in second


def test_the_same_transaction_is_the_same_event(api: Client) -> None:
    assert api.put(transactionId="t")["id"] == api.put(transactionId="t")["id"]


def test_a_stale_version_is_refused(api: Client) -> None:
    made = api.put()
    stale = {"If-Match": made["@odata.etag"]}
    api.ask("PATCH", api.events(made["id"]), json={"subject": "B"})

    for method in ("PATCH", "DELETE"):
        answer = api.ask(method, api.events(made["id"]), json={}, headers=stale)
        assert code(answer) == (412, "ErrorIrresolvableConflict")


@pytest.mark.parametrize(
    "fields",
    [
        {"start": TEN, "end": NINE},
        {"isAllDay": True},
        {"start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "Mars"}},
    ],
)
def test_what_makes_no_sense_is_refused(api: Client, fields: Mapping[str, Any]) -> None:
    body = {"start": NINE, "end": TEN, **fields}

    assert api.ask("POST", api.events(), json=body).status_code == 400


def test_unknown_and_read_only_are_told_apart(api: Client, graph: GraphSim) -> None:
    assert code(api.ask("GET", api.events("nothing"))) == (404, "ErrorItemNotFound")
    api.calendar = graph.add_calendar(HOST, "Team", can_edit=False)
    refused = api.ask("POST", api.events(), json={"start": NINE, "end": TEN})
    assert code(refused) == (403, "ErrorAccessDenied")
    graph.remove_calendar(HOST, api.calendar)
    assert api.ask("GET", api.events()).status_code == 404


def test_ids_and_zones_are_as_preferred(api: Client) -> None:
    windows = {"dateTime": "2026-11-23T09:00:00", "timeZone": "W. Europe Standard Time"}
    made = api.put(start=windows)
    assert made["start"] == {"dateTime": "2026-11-23T08:00:00.0000000", "timeZone": "UTC"}
    assert made["originalStartTimeZone"] == "W. Europe Standard Time"

    prefer = {"Prefer": 'outlook.timezone="Eastern Standard Time"'}
    other = api.ask("GET", api.events(made["id"]), headers=prefer).json()

    assert other["start"]["dateTime"] == "2026-11-23T03:00:00.0000000"
    assert other["id"] != made["id"]
    assert api.ask("GET", api.events(other["id"])).json()["id"] == made["id"]


def test_delta_ends_in_a_link_and_then_tells_of_changes_alone(api: Client, graph: GraphSim) -> None:
    graph.calendars.page_size = 2
    kept, edited, deleted = api.put(), api.put(), api.put()
    rows, link = api.walk()
    assert {row["id"] for row in rows} == {kept["id"], edited["id"], deleted["id"]}
    api.ask("PATCH", api.events(edited["id"]), json={"subject": "B"})
    api.ask("DELETE", api.events(deleted["id"]))

    rows, link = api.walk(link)

    assert {row["id"]: row.get("@removed") for row in rows} == {
        edited["id"]: None,
        deleted["id"]: {"reason": "deleted"},
    }
    assert api.walk(link)[0] == []


def test_leaving_the_window_is_no_deletion(api: Client) -> None:
    made = api.put()
    link = api.walk()[1]
    later = {"dateTime": "2027-06-01T09:00:00", "timeZone": "UTC"}
    api.ask("PATCH", api.events(made["id"]), json={"start": later, "end": later})

    assert api.walk(link)[0] == [{"id": made["id"], "@removed": {"reason": "changed"}}]


def test_old_places_are_refused_and_delta_takes_no_filters(api: Client, graph: GraphSim) -> None:
    link = api.walk()[1]
    graph.expire_cursors(HOST, api.calendar)

    assert code(api.ask("GET", link)) == (410, "syncStateNotFound")
    path = f"me/calendars/{api.calendar}/calendarView/delta"
    filtered = api.ask("GET", path, params={**WINDOW, "$select": "id"})
    assert code(filtered) == (400, "ErrorInvalidUrlQuery")


def test_a_series_keeps_wall_time_and_its_exceptions(api: Client) -> None:
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
    span = {"type": "numbered", "numberOfOccurrences": 3, "startDate": "2027-03-22"}
    start = {"dateTime": "2027-03-22T09:00:00", "timeZone": "Europe/Berlin"}
    end = {"dateTime": "2027-03-22T10:00:00", "timeZone": "Europe/Berlin"}
    made = api.put(start=start, end=end, recurrence={"pattern": pattern, "range": span})
    assert made["type"] == "seriesMaster"
    window = {"startDateTime": "2027-01-01T00:00:00Z", "endDateTime": "2027-12-31T00:00:00Z"}
    instances = f"{api.events(made['id'])}/instances"

    first, second, third = api.ask("GET", instances, params=window).json()["value"]
    assert [one["start"]["dateTime"][11:16] for one in (first, second)] == ["08:00", "07:00"]
    api.ask("DELETE", api.events(first["id"]))
    changed = api.ask("PATCH", api.events(third["id"]), json={"subject": "moved"}).json()

    assert (changed["type"], changed["originalStart"]) == ("exception", "2027-04-05T07:00:00Z")
    left = api.ask("GET", instances, params=window).json()["value"]
    assert [(one["id"], one["type"]) for one in left] == [
        (second["id"], "occurrence"),
        (third["id"], "exception"),
    ]
    query = {"$select": "id,cancelledOccurrences"}
    master = api.ask("GET", api.events(made["id"]), params=query).json()
    assert [text[-10:] for text in master["cancelledOccurrences"]] == ["2027-03-22"]


def test_attendees_are_always_written_to(api: Client, graph: GraphSim) -> None:
    guest = {"emailAddress": {"address": "guest@example.test"}, "type": "required"}
    made = api.put(attendees=[guest])
    api.ask("PATCH", api.events(made["id"]), json={"subject": "B"})
    api.put()

    assert [mail.to for mail in graph.world.mails] == [("guest@example.test",)] * 2


def test_the_fifth_request_at_once_is_too_many(api: Client, graph: GraphSim) -> None:
    graph.fail_next("me", Act.DELAY, seconds=0.4, times=5)
    token = api.session.headers["Authorization"]

    def ask(_: int) -> requests.Response:
        headers = {"Authorization": token}
        return requests.get(f"{api.root}me", headers=headers, verify=graph.ca_file, timeout=10)

    with ThreadPoolExecutor(5) as crew:
        answers = list(crew.map(ask, range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 429]
    (refused,) = (answer for answer in answers if answer.status_code == 429)
    assert refused.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("act", "then"), [(Act.DROP_AFTER_WRITE, "B"), (Act.DROP_BEFORE, "A"), (Act.RESET, "A")]
)
def test_a_lost_answer_tells_nothing_of_the_write(
    api: Client, graph: GraphSim, act: Act, then: str
) -> None:
    made = api.put()
    graph.fail_next("events.patch", act)

    with pytest.raises(requests.ConnectionError):
        api.ask("PATCH", api.events(made["id"]), json={"subject": "B"})

    assert api.ask("GET", api.events(made["id"])).json()["subject"] == then


def test_pages_may_be_empty_or_lead_in_a_circle(api: Client, graph: GraphSim) -> None:
    made = api.put()
    graph.fail_next("delta", Act.EMPTY_PAGE)
    assert [row["id"] for row in api.walk()[0]] == [made["id"]]
    graph.fail_next("delta", Act.LOOPING, times=2)
    path = f"me/calendars/{api.calendar}/calendarView/delta"

    first = api.ask("GET", path, params=WINDOW).json()
    second = api.ask("GET", first["@odata.nextLink"]).json()

    assert first["@odata.nextLink"] == second["@odata.nextLink"]


def test_throttling_says_how_long(api: Client, graph: GraphSim) -> None:
    graph.fail_next("me", status=429, reason="TooManyRequests", retry_after="7")

    answer = api.ask("GET", "me")

    assert code(answer) == (429, "TooManyRequests")
    assert answer.headers["Retry-After"] == "7"


# Signing in


@pytest.fixture
def app(graph: GraphSim) -> msal.ConfidentialClientApplication:
    return application(graph, graph.oauth.client_secret)


def application(graph: GraphSim, secret: str) -> Any:
    session = requests.Session()
    session.trust_env = False
    session.verify = graph.ca_file
    return msal.ConfidentialClientApplication(
        graph.oauth.client_id,
        client_credential=secret,
        authority=f"{graph.url}{TENANT}",
        instance_discovery=False,
        http_client=session,
    )


def visit(graph: GraphSim, app: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Go to the consent page and back; return the flow and what came back."""
    target = "http://127.0.0.1/callback"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather have the answer posted
        flow = app.initiate_auth_code_flow(["Calendars.ReadWrite"], redirect_uri=target)
    answer = requests.get(flow["auth_uri"], verify=graph.ca_file, allow_redirects=False, timeout=5)
    return flow, dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_a_code_is_redeemed_once_with_state_and_verifier(graph: GraphSim, app: Any) -> None:
    flow, back = visit(graph, app)
    assert back["state"] == flow["state"]

    first = app.acquire_token_by_auth_code_flow(flow, back)
    again = app.acquire_token_by_auth_code_flow(flow, back)

    assert first["access_token"]
    assert "Calendars.ReadWrite" in first["scope"]
    assert again["error"] == "invalid_grant"
    flow, back = visit(graph, app)
    wrong = app.acquire_token_by_auth_code_flow({**flow, "code_verifier": "x" * 43}, back)
    assert wrong["error"] == "invalid_grant"


def test_a_wrong_secret_is_an_invalid_client(graph: GraphSim) -> None:
    app = application(graph, "wrong")
    flow, back = visit(graph, app)

    assert app.acquire_token_by_auth_code_flow(flow, back)["error"] == "invalid_client"


def test_a_refresh_token_dies_with_its_use_and_with_its_grant(graph: GraphSim, app: Any) -> None:
    flow, back = visit(graph, app)
    first = app.acquire_token_by_auth_code_flow(flow, back)["refresh_token"]
    scopes = ["Calendars.ReadWrite"]

    second = app.acquire_token_by_refresh_token(first, scopes)

    assert second["access_token"]
    assert app.acquire_token_by_refresh_token(first, scopes)["error"] == "invalid_grant"
    graph.revoke(graph.oauth.person.email)
    dead = app.acquire_token_by_refresh_token(second["refresh_token"], scopes)
    assert dead["error"] == "invalid_grant"


def test_a_consent_that_is_denied_says_so(graph: GraphSim, app: Any) -> None:
    graph.oauth.person.denies = True

    flow, back = visit(graph, app)

    assert app.acquire_token_by_auth_code_flow(flow, back)["error"] == "access_denied"
