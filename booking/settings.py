"""The environment, read once, with every problem listed at once.

Names are those of `.env.example`, prefix `BOOKING_`. Secrets have no working default.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import unquote, urlsplit

PREFIX = "BOOKING_"
_KEY_BYTES = 32
GOOGLE_API_BASE = "https://www.googleapis.com"
GOOGLE_AUTH_URI = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
GOOGLE_REVOKE_URI = "https://oauth2.googleapis.com/revoke"
_ODD = frozenset(' ,;:<>()[]@\\"')
MICROSOFT_AUTHORITY = "https://login.microsoftonline.com/common"
MICROSOFT_GRAPH_BASE = "https://graph.microsoft.com"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class BadSettings(Exception):
    """Start is refused; `problems` names every setting that is missing or wrong."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("Booking cannot start:\n" + "\n".join(f"  {line}" for line in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked. `credential_keys` are 32-byte AES keys, newest first."""

    database_url: str
    redis_url: str | None = None
    secret_key: str = field(repr=False)
    credential_keys: tuple[bytes, ...] = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    signup: str = "closed"
    outbound_private_hosts: tuple[str, ...] = ()
    log_format: str = "text"
    max_pairs_per_connection: int | None = None
    google_client_id: str = ""
    google_client_secret: str = field(default="", repr=False)
    google_api_base: str = GOOGLE_API_BASE
    google_auth_uri: str = GOOGLE_AUTH_URI
    google_token_uri: str = GOOGLE_TOKEN_URI
    google_revoke_uri: str = GOOGLE_REVOKE_URI
    microsoft_client_id: str = ""
    microsoft_client_secret: str = field(default="", repr=False)
    microsoft_authority: str = MICROSOFT_AUTHORITY
    microsoft_graph_base: str = MICROSOFT_GRAPH_BASE
    provider_ca_bundle: str | None = None
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    guest_data_days: int = 365
    metrics_token: str = field(default="", repr=False)

    @property
    def is_https(self) -> bool:
        """Tell whether the public address is served over TLS."""
        return self.base_url.startswith("https://")

    @property
    def provider_addresses(self) -> tuple[str, ...]:
        """Return where providers are that stand elsewhere than usual: the operator's own word."""
        usual = {GOOGLE_API_BASE, GOOGLE_TOKEN_URI, GOOGLE_REVOKE_URI}
        usual |= {MICROSOFT_AUTHORITY, MICROSOFT_GRAPH_BASE}
        set_here = (
            self.google_api_base,
            self.google_token_uri,
            self.google_revoke_uri,
            self.microsoft_authority,
            self.microsoft_graph_base,
        )
        return tuple(url for url in set_here if url not in usual)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is an SQLite file."""
        return self.database_url.startswith("sqlite")


class _Reader:
    """Collects values and problems, so that all problems can be told together."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self._environ.get(PREFIX + name, "").strip() or default

    def required(self, name: str, hint: str) -> str:
        value = self.text(name)
        if not value:
            self.problem(name, f"is missing ({hint})")
        return value

    def problem(self, name: str, fault: str) -> None:
        self.problems.append(f"{PREFIX}{name} {fault}")

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self.problem(name, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def whole(self, name: str, default: int, most: int) -> int:
        raw = self.text(name, str(default))
        if not raw.isascii() or not raw.isdigit() or int(raw) > most:
            self.problem(name, f"must be a whole number from 0 to {most}, not {raw!r}")
            return default
        return int(raw)

    def parsed(self, name: str, raw: str, parse: Callable[[str], str | None]) -> None:
        fault = parse(raw) if raw else None
        if fault:
            self.problem(name, fault)


def _decode_keys(reader: _Reader) -> tuple[bytes, ...]:
    raw = reader.required(
        "CREDENTIAL_KEYS", "one or more base64 keys of 32 bytes, newest first, comma separated"
    )
    keys = []
    for place, part in enumerate(filter(None, (p.strip() for p in raw.split(","))), start=1):
        try:
            key = base64.b64decode(part, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != _KEY_BYTES:
            reader.problem("CREDENTIAL_KEYS", f"key {place} is not 32 bytes in base64")
        keys.append(key)
    return tuple(keys)


def _fault_in_base_url(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        return "must be an address like https://book.example.org, without a path"
    return None


def _fault_in_provider_url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        return "must be an address that begins with https://"
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return "must begin with https:// (plain http is for this machine only)"
    return None


def _fault_in_smtp_url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.scheme not in {"smtp", "smtps"} or parts.path not in {"", "/"}:
        return "must be an address like smtps://user:password@mail.example.org:465"
    if not unquote(f"{parts.username}{parts.password}").isascii():
        return "takes a user name and a password in ASCII only"
    if parts.query not in {"", "tls=none"} or parts.fragment:
        return "takes nothing behind the server but ?tls=none"
    if parts.query and (parts.scheme == "smtps" or parts.username):
        return "?tls=none is for a server without sign-in: a password is never sent in the clear"
    return None


def _fault_in_mail_from(text: str) -> str | None:
    parsed = getaddresses([text])
    local, at, domain = parsed[0][1].rpartition("@") if len(parsed) == 1 else ("", "", "")
    if not (at and local and domain) or not text.isprintable() or set(local + domain) & _ODD:
        return "must be one address, such as Booking <booking@example.org>"
    return None


def _mail(reader: _Reader) -> dict[str, str]:
    """Read where mails are handed over, and whom they come from."""
    url, sender = reader.text("SMTP_URL"), reader.text("MAIL_FROM")
    reader.parsed("SMTP_URL", url, _fault_in_smtp_url)
    reader.parsed("MAIL_FROM", sender, _fault_in_mail_from)
    if url and not sender:
        reader.problem("MAIL_FROM", "is missing (mails need a sender, as BOOKING_SMTP_URL is set)")
    return {"smtp_url": url, "mail_from": sender}


def _fault_in_ca_bundle(path: str) -> str | None:
    return None if Path(path).is_file() else "must be a file with certificates (PEM)"


def _fault_in_database_url(url: str) -> str | None:
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://", "postgres://")):
        return "must start with sqlite:/// or postgresql://"
    return None


def _fault_in_redis_url(url: str) -> str | None:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        return "must start with redis://, rediss:// or unix://"
    return None


def _default_database(reader: _Reader) -> str:
    url = reader.text("DATABASE_URL")
    if not url:
        folder = Path("var").resolve()
        folder.mkdir(mode=0o700, exist_ok=True)
        url = f"sqlite:///{folder / 'booking.sqlite3'}"
    reader.parsed("DATABASE_URL", url, _fault_in_database_url)
    return url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url


def _google(reader: _Reader) -> dict[str, str]:
    """Read Google's settings. Its addresses are for tests against a server of one's own."""
    found = {
        "google_client_id": reader.text("GOOGLE_CLIENT_ID"),
        "google_client_secret": reader.text("GOOGLE_CLIENT_SECRET"),
        "google_api_base": reader.text("GOOGLE_API_BASE", GOOGLE_API_BASE),
        "google_auth_uri": reader.text("GOOGLE_AUTH_URI", GOOGLE_AUTH_URI),
        "google_token_uri": reader.text("GOOGLE_TOKEN_URI", GOOGLE_TOKEN_URI),
        "google_revoke_uri": reader.text("GOOGLE_REVOKE_URI", GOOGLE_REVOKE_URI),
    }
    if bool(found["google_client_id"]) != bool(found["google_client_secret"]):
        reader.problem("GOOGLE_CLIENT_ID", "and BOOKING_GOOGLE_CLIENT_SECRET belong together")
    for name in ("API_BASE", "AUTH_URI", "TOKEN_URI", "REVOKE_URI"):
        value = found[f"google_{name.lower()}"]
        reader.parsed(f"GOOGLE_{name}", value, _fault_in_provider_url)
    return found


def _microsoft(reader: _Reader) -> dict[str, str]:
    """Read Microsoft's settings. National clouds have other addresses."""
    found = {
        "microsoft_client_id": reader.text("MICROSOFT_CLIENT_ID"),
        "microsoft_client_secret": reader.text("MICROSOFT_CLIENT_SECRET"),
        "microsoft_authority": reader.text("MICROSOFT_AUTHORITY", MICROSOFT_AUTHORITY),
        "microsoft_graph_base": reader.text("MICROSOFT_GRAPH_BASE", MICROSOFT_GRAPH_BASE),
    }
    if bool(found["microsoft_client_id"]) != bool(found["microsoft_client_secret"]):
        reader.problem("MICROSOFT_CLIENT_ID", "and BOOKING_MICROSOFT_CLIENT_SECRET belong together")
    reader.parsed("MICROSOFT_AUTHORITY", found["microsoft_authority"], _fault_in_authority)
    reader.parsed("MICROSOFT_GRAPH_BASE", found["microsoft_graph_base"], _fault_in_provider_url)
    return found


def _fault_in_authority(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or not parts.path.strip("/"):
        return "must be an https:// address with a tenant, such as .../common"
    return _fault_in_provider_url(url)


def foreign_environment() -> dict[str, str]:
    """Return the process's environment without our own settings, for a process we start."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment.

    Errors: BadSettings with every problem at once.
    """
    reader = _Reader(os.environ if environ is None else environ)
    secret = reader.required("SECRET_KEY", "at least 32 random characters")
    if secret and len(secret) < _KEY_BYTES:
        reader.problem("SECRET_KEY", "is too short (at least 32 random characters)")
    base_url = reader.text("BASE_URL", "http://127.0.0.1:8000")
    reader.parsed("BASE_URL", base_url, _fault_in_base_url)
    redis_url = reader.text("REDIS_URL") or None
    reader.parsed("REDIS_URL", redis_url or "", _fault_in_redis_url)
    hosts = reader.text("OUTBOUND_PRIVATE_HOSTS").replace(",", " ").split()
    ca_bundle = reader.text("PROVIDER_CA_BUNDLE") or None
    reader.parsed("PROVIDER_CA_BUNDLE", ca_bundle or "", _fault_in_ca_bundle)
    settings = Settings(
        database_url=_default_database(reader),
        redis_url=redis_url,
        secret_key=secret,
        credential_keys=_decode_keys(reader),
        base_url=base_url.rstrip("/"),
        trusted_proxies=reader.whole("TRUSTED_PROXIES", 0, 10),
        signup=reader.choice("SIGNUP", "closed", ("closed", "invite", "open")),
        outbound_private_hosts=tuple(hosts),
        log_format=reader.choice("LOG_FORMAT", "text", ("text", "json")),
        max_pairs_per_connection=reader.whole("MAX_PAIRS_PER_CONNECTION", 0, 10_000) or None,
        provider_ca_bundle=ca_bundle,
        guest_data_days=reader.whole("GUEST_DATA_DAYS", 365, 36_500),
        metrics_token=reader.text("METRICS_TOKEN"),
        **_google(reader),
        **_microsoft(reader),
        **_mail(reader),
    )
    if reader.problems:
        raise BadSettings(tuple(reader.problems))
    return settings
