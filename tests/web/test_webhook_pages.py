"""Webhooks through the pages alone, without a script."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from booking.jobs.build import build_runner
from booking.webhooks.values import Event
from tests.servers.scripted import Reply
from tests.web.browser import submit
from tests.webhooks.receiver import check, receiving

WEBHOOKS = "/settings/webhooks"
EVENTS = [event.value for event in Event]


def _make(browser: FlaskClient, url: str) -> tuple[str, str]:
    """Make a webhook; return its page and the secret that was shown."""
    answer = submit(browser, f"{WEBHOOKS}/new", url=url, description="Mine", events=EVENTS)
    assert answer.status_code == 201
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    path = re.search(rf'href="({WEBHOOKS}/[0-9a-z]{{13}})/edit"', answer.text)
    assert secret is not None
    assert path is not None
    return path.group(1), secret.group()


def _work(app: Flask) -> None:
    runner = build_runner(app)
    for job_id in runner.due():
        runner.run(job_id)


def test_a_webhook_is_made_tested_and_its_answer_read(app: Flask, browser: FlaskClient) -> None:
    with receiving(Reply(200, b"<b>thanks</b>")) as receiver:
        path, secret = _make(browser, receiver.url)
        assert secret not in browser.get(path).text
        submit(browser, path, f"{path}/test")
        assert "Something is on its way" in browser.get(path).text
        _work(app)

        page = browser.get(path).text
        check(secret, receiver.messages[0].request)
        assert "Received" in page
        assert receiver.ids[0] in page
        assert "&lt;b&gt;thanks&lt;/b&gt;" in page


def test_what_was_given_up_is_shown_with_its_cause_and_can_be_sent_again(
    app: Flask, browser: FlaskClient
) -> None:
    with receiving(Reply(500)) as receiver:
        path, _ = _make(browser, receiver.url)
        submit(browser, path, f"{path}/test")
        _work(app)
        page = browser.get(path).text
        assert "It answered HTTP 500; only 2xx counts as received." in page
        assert "Failing" in browser.get(WEBHOOKS).text
        again = re.search(r'action="([^"]+/replay)"', page)
        assert again is not None
        submit(browser, path, again.group(1))
        _work(app)

        assert "Received" in browser.get(path).text
        assert len(set(receiver.ids)) == 1


def test_a_webhook_that_was_switched_off_says_why_and_is_switched_on(
    app: Flask, browser: FlaskClient
) -> None:
    with receiving(Reply(410)) as receiver:
        path, _ = _make(browser, receiver.url)
        submit(browser, path, f"{path}/test")
        _work(app)

        page = browser.get(path).text
        assert "It answered HTTP 410" in page
        assert "Send a test" not in page
        submit(browser, path, f"{path}/switch", enabled="1")
        assert "Send a test" in browser.get(path).text


def test_it_is_changed_rotated_and_deleted(browser: FlaskClient) -> None:
    path, secret = _make(browser, "https://hooks.example/in")

    changed = submit(
        browser, f"{path}/edit", url="https://hooks.example/new", events=["pair.halted"]
    )
    assert changed.status_code == 303
    page = browser.get(path).text
    assert "https://hooks.example/new" in page
    assert "booking.created" not in page
    rotated = submit(browser, f"{path}/rotate").text
    assert secret not in rotated
    assert re.search(r"whsec_[A-Za-z0-9+/=]+", rotated)
    assert "ends in 24 h" in rotated
    assert submit(browser, f"{path}/delete").status_code == 303
    assert browser.get(path).status_code == 404


def test_a_fault_is_shown_at_its_field_and_nothing_typed_is_lost(browser: FlaskClient) -> None:
    answer = submit(
        browser,
        f"{WEBHOOKS}/new",
        url="http://hooks.example/",
        description="Kept",
        events=["pair.halted"],
    )

    assert answer.status_code == 422
    assert 'id="f-url-error"' in answer.text
    assert 'value="Kept"' in answer.text
    assert answer.text.count(" checked>") == 1
