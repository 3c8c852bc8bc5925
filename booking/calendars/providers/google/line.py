"""One signed-in line to Google Calendar: the library's requests over our guarded session.

The library's own transport would repeat a POST whose answer was lost (a second event) and cannot
be shared by threads; so its requests go through `OutboundSession`, each sent once. What is no
success is told as one of our errors before the library sees it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from googleapiclient.discovery import build_from_document

from booking.calendars.oauth_ports import AccessTokens, Pace
from booking.calendars.ports import Step
from booking.calendars.providers.google.errors import PROVIDER, bad_answer, refusal
from booking.core.clock import Clock
from booking.core.errors import ProviderError
from booking.security.outbound import CredentialScope, OutboundClient

MOST_BYTES: Final = 32 * 1024 * 1024
_DOCUMENT = ("discovery_cache", "documents", "calendar.v3.json")


class _Answer(dict[str, str]):
    """A response as the library knows it: its headers, with a status."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})
        self.status = status
        self.reason = ""


class _Nobody:
    """Stands where the library wants a transport while requests are only being made."""

    def request(self, *_: object, **__: object) -> None:
        raise TypeError("a request is sent by its line")


class Api:
    """The library's resources at one address. Making one costs milliseconds, so it is shared."""

    def __init__(self, base: str) -> None:
        root = base.rstrip("/") + "/"
        place = files("googleapiclient").joinpath(*_DOCUMENT)
        document = json.loads(place.read_text(encoding="utf-8"))
        document |= {"rootUrl": root, "baseUrl": f"{root}{document['servicePath']}"}
        document.pop("mtlsRootUrl", None)
        service = build_from_document(document, http=_Nobody())
        self.events: Any = service.events()
        self.calendars: Any = service.calendars()
        self.calendar_list: Any = service.calendarList()
        self.free_busy: Any = service.freebusy()
        self.channels: Any = service.channels()


@lru_cache(maxsize=4)
def api_at(base: str) -> Api:
    """Return the resources at an origin, made once for the whole process."""
    return Api(base)


class Line:
    """Sends one account's requests. Not to be shared by threads."""

    def __init__(
        self,
        outbound: OutboundClient,
        *,
        base: str,
        tokens: AccessTokens,
        clock: Clock,
        pace: Pace = nullcontext,
    ) -> None:
        self._session = outbound.session(
            PROVIDER, scope=CredentialScope(base), max_bytes=MOST_BYTES, redirects=0
        )
        self._base = base
        self._tokens = tokens
        self._pace = pace
        self._clock = clock
        self._step = Step.READ

    @property
    def api(self) -> Api:
        """The library's resources, whose methods make requests for `call`."""
        return api_at(self._base)

    def call(self, request: Any, step: Step, *, if_match: str | None = None) -> dict[str, Any]:
        """Send a request once and return its answer; {} where there is no body.

        `if_match`: an etag without quotes. Errors: ProviderError at `step`.
        """
        self._step = step
        if if_match is not None:
            request.headers["If-Match"] = f'"{if_match}"'
        try:
            answer = request.execute(http=self, num_retries=0)
        except ProviderError as error:
            raise _at(step, error) from None
        except ValueError:
            raise bad_answer(step) from None
        if answer in ("", None):
            return {}
        if not isinstance(answer, dict):
            raise bad_answer(step)
        return answer

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> tuple[_Answer, bytes]:
        """Send, as httplib2 does; once more where the token alone was refused, as nothing was done.

        Errors: ProviderError for what is no success.
        """
        token = self._tokens.access_token()
        answer, content = self._send(uri, method, body, headers or {}, token)
        if answer.status == 401:
            token = self._tokens.access_token(refused=token)
            answer, content = self._send(uri, method, body, headers or {}, token)
        if not 200 <= answer.status < 300:
            raise refusal(
                answer.status,
                content,
                self._step,
                retry_after=answer.get("retry-after"),
                now=self._clock.now(),
            )
        if not content and answer.status != 204:
            raise bad_answer(self._step)
        return answer, content

    def _send(
        self,
        uri: str,
        method: str,
        body: str | bytes | None,
        headers: Mapping[str, str],
        token: str,
    ) -> tuple[_Answer, bytes]:
        kept = {
            name: value
            for name, value in headers.items()
            if name.lower() not in {"user-agent", "accept-encoding", "content-length"}
        }
        kept["Authorization"] = f"Bearer {token}"
        with self._pace():
            response = self._session.request(method, uri, data=body, headers=kept)
        return _Answer(response.status_code, response.headers), response.content


def _at(step: Step, error: ProviderError) -> ProviderError:
    """Return the error with the step filled in where the transport knew none."""
    if not error.step:
        error.step = step
        error.details["step"] = step
    return error
