"""One signed-in line to Graph over our guarded session. Each request is sent once.

Source: https://learn.microsoft.com/en-us/graph/api/overview
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from booking.calendars.oauth_ports import AccessTokens, Pace
from booking.calendars.ports import Step
from booking.calendars.providers.microsoft.errors import PROVIDER, bad_answer, refusal
from booking.core.errors import ProviderError
from booking.security.outbound import CredentialScope, OutboundClient, origin_of

MOST_BYTES: Final = 32 * 1024 * 1024
MOST_PAGES: Final = 500
_PREFER: Final = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"'
Row = Mapping[str, Any]


class Line:
    """Sends one account's requests. Not to be shared by threads."""

    def __init__(
        self,
        outbound: OutboundClient,
        *,
        base: str,
        tokens: AccessTokens,
        pace: Pace = nullcontext,
    ) -> None:
        self._base = root_of(base)
        self._tokens = tokens
        self._pace = pace
        self._session = outbound.session(
            PROVIDER, scope=CredentialScope(base), max_bytes=MOST_BYTES, redirects=0
        )

    def get(self, path: str, step: Step, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Read. `path` is below the API's root, or one of its own links."""
        return self._call("GET", self._address(path, query), step, None, None)

    def post(self, path: str, step: Step, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make something."""
        return self._call("POST", self._address(path, None), step, body, None)

    def patch(
        self, path: str, step: Step, body: Mapping[str, Any], version: str | None
    ) -> dict[str, Any]:
        """Change something, if it is still at `version` (a changeKey)."""
        return self._call("PATCH", self._address(path, None), step, body, version)

    def delete(self, path: str, step: Step, version: str | None) -> None:
        """Remove something, if it is still at `version`."""
        self._call("DELETE", self._address(path, None), step, None, version)

    def pages(
        self, path: str, step: Step, query: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield every page of a collection. Errors: BadAnswer for links that never end."""
        address, seen = self._address(path, query), set[str]()
        for _ in range(MOST_PAGES):
            page = self._call("GET", address, step, None, None)
            if not isinstance(page.get("value"), list):
                raise bad_answer(step)
            yield page
            link = page.get("@odata.nextLink")
            if link is None:
                return
            if link in seen:
                break
            seen.add(link)
            address = self._own(str(link), step)
        raise bad_answer(step)

    def _address(self, path: str, query: Mapping[str, Any] | None) -> str:
        address = path if path.startswith("http") else f"{self._base}/{path}"
        return f"{address}?{urlencode(query, safe='$,()', quote_via=quote)}" if query else address

    def _own(self, link: str, step: Step) -> str:
        """Return a link of Graph's that leads to Graph: no token goes anywhere else."""
        if origin_of(link) != origin_of(self._base):
            raise bad_answer(step)
        return link

    def _call(
        self,
        method: str,
        address: str,
        step: Step,
        body: Mapping[str, Any] | None,
        version: str | None,
    ) -> dict[str, Any]:
        self._own(address, step)
        token = self._tokens.access_token()
        try:
            response = self._send(method, address, body, version, token)
            if response.status_code == 401:
                token = self._tokens.access_token(refused=token)
                response = self._send(method, address, body, version, token)
        except ProviderError as error:
            if not error.step:
                error.step = step
            raise
        if not 200 <= response.status_code < 300:
            retry = response.headers.get("Retry-After")
            raise refusal(response.status_code, response.content, step, retry)
        if response.status_code in {202, 204}:
            return {}
        try:
            answer = json.loads(response.content)
        except ValueError:
            raise bad_answer(step) from None
        if not isinstance(answer, dict):
            raise bad_answer(step)
        return answer

    def _send(
        self,
        method: str,
        address: str,
        body: Mapping[str, Any] | None,
        version: str | None,
        token: str,
    ) -> Any:
        headers = {
            "Authorization": f"Bearer {token}",
            "Prefer": _PREFER,
            "client-request-id": str(uuid.uuid4()),
        }
        if version is not None:
            headers["If-Match"] = f'W/"{version}"'
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        with self._pace():
            return self._session.request(method, address, data=content, headers=headers)


def root_of(base: str) -> str:
    """Return the API's root: the base itself where it names a version, else version 1.0."""
    bare = base.rstrip("/")
    return bare if urlsplit(bare).path.strip("/") else f"{bare}/v1.0"


def segment(key: str) -> str:
    """Return an id as one segment of a path."""
    return quote(key, safe="")
