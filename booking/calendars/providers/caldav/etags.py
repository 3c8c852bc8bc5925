"""ETags as versions: RFC 9110, 8.8.3."""

from __future__ import annotations


def version_of(etag: str | None) -> str | None:
    """Return an ETag's opaque part: without weakness, quotes and Apache's mark of compression."""
    if etag is None:
        return None
    bare = etag.strip().removeprefix("W/").strip('"').removesuffix("-gzip")
    return bare or None
