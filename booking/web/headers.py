"""Security headers of every answer, and the few places that may loosen them.

The content policy starts from nothing: own styles, images, fonts and calls, own scripts or those
with this request's nonce, no frames around us. What loosens it is said on the view: `embeddable`
for pages that other sites may frame. Cache rules follow from the endpoint's policy.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from flask import Flask, Response, g, request

from booking.settings import Settings
from booking.web.policy import policy_of_request, view_of_request

_View = TypeVar("_View", bound=Callable[..., Any])
_NONCE_BYTES = 16
_YEAR = 31_536_000
_FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


_DATA = frozenset({"application/json", "application/problem+json"})
# Data is never shown as a page: nothing may load from it, frame it or guess at its kind.
_DATA_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)


def embeddable(view: _View) -> _View:
    """Allow other sites to frame this page when it is asked for with `?embed=1`.

    Such an answer sets no cookie; it must be a `@public` page.
    """
    view.embeddable = True  # type: ignore[attr-defined]
    return view


def is_embedded() -> bool:
    """Tell whether this answer is meant for a frame on another site."""
    return request.args.get("embed") == "1" and getattr(view_of_request(), "embeddable", False)


def csp_nonce() -> str:
    """Return the nonce of this request's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(_NONCE_BYTES)
    nonce: str = g.csp_nonce
    return nonce


def allow_form_target(origin: str) -> None:
    """Let forms of this page be redirected to `origin` (scheme and host) after our answer.

    Browsers apply `form-action` to the redirect that follows a form, too (CSP 3, 6.4.1).
    """
    g.form_targets = (*g.get("form_targets", ()), origin)


def init_headers(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer of `app`."""
    app.context_processor(lambda: {"csp_nonce": csp_nonce, "is_embedded": is_embedded})

    everywhere = _everywhere(settings)
    data = data_headers(settings)

    @app.after_request
    def _protect(response: Response) -> Response:
        if response.mimetype in _DATA:
            response.headers.extend(data)
        else:
            for name, value in (*_page_headers(), *everywhere):
                response.headers.setdefault(name, value)
        _keep_private(response)
        return response


def _everywhere(settings: Settings) -> tuple[tuple[str, str], ...]:
    strict = ("Strict-Transport-Security", f"max-age={_YEAR}")
    return (strict,) if settings.is_https else ()


def data_headers(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return the headers of every answer that is data and no page."""
    return (*_DATA_HEADERS, *_everywhere(settings))


def _page_headers() -> Iterator[tuple[str, str]]:
    embedded = is_embedded()
    headers = {
        "Content-Security-Policy": _content_policy(embedded=embedded),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": _FEATURES,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "cross-origin" if _is_for_all(embedded) else "same-origin",
    }
    yield from headers.items()
    if not embedded:
        yield "X-Frame-Options", "DENY"


def _is_for_all(embedded: bool) -> bool:
    return embedded or request.path == "/embed.js" or request.endpoint == "static"


def _content_policy(*, embedded: bool) -> str:
    forms = " ".join(("'self'", *g.get("form_targets", ())))
    frames = "*" if embedded else "'none'"
    # Only pages that asked for the nonce have scripts to allow by it.
    scripts = f"'self' 'nonce-{csp_nonce()}'" if "csp_nonce" in g else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            f"form-action {forms}",
            "base-uri 'none'",
            f"frame-ancestors {frames}",
        )
    )


def _keep_private(response: Response) -> None:
    policy = policy_of_request()
    if policy is None:
        return
    if policy.is_personal:
        response.headers["Cache-Control"] = "no-store"
    if policy.has_token:
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
