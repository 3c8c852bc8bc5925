"""A page's form as a browser would send it, read with the standard library's parser."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    """Collects the fields of the form whose action is wanted."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self._action = action
        self._is_inside = False
        self._select: str | None = None
        self._area: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._is_inside = given.get("action") == self._action
        elif self._is_inside:
            self._handle_field(tag, given)

    def _handle_field(self, tag: str, given: dict[str, str | None]) -> None:
        name, value = given.get("name") or "", given.get("value") or ""
        is_choice = given.get("type") in {"checkbox", "radio"}
        if tag == "input" and name and (not is_choice or "checked" in given):
            self.fields[name] = value
        elif tag == "textarea":
            self._area, self.fields[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._is_first()):
            self.fields[self._select] = value

    def _is_first(self) -> bool:
        return self._select not in self.fields

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._is_inside = False


def fields_of(page: str, action: str) -> dict[str, str]:
    """Return the fields of the form that is sent to `action`, with their values."""
    reader = _Reader(action)
    reader.feed(page)
    assert reader.fields, f"no form is sent to {action}"
    return reader.fields
