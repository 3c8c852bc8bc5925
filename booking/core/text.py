"""Text from outside, put in one form before anything else sees it.

Databases, calendars and mail headers each choke on something (NUL, lone surrogates, bare CR):
whatever enters is normalised here once.
"""

from __future__ import annotations

import unicodedata

_KEPT_CONTROLS = "\n\t"
_BYTE_ORDER_MARK = "\ufeff"


def clean_text(text: str) -> str:
    """Return `text` in NFC with LF line ends, without control characters, trimmed.

    A lone surrogate becomes U+FFFD: it has no UTF-8 form (RFC 3629, 3). A byte order mark goes,
    as readers take it off at the start of a value and keep it elsewhere.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    if unified.replace("\n", "").isprintable():
        return unicodedata.normalize("NFC", unified).strip()
    kept = "".join(_replacement(letter) for letter in unified)
    return unicodedata.normalize("NFC", kept).strip()


def clean_line(text: str) -> str:
    """Return `text` cleaned and on one line: each run of white space is one space."""
    return " ".join(clean_text(text).split())


def _replacement(letter: str) -> str:
    if letter.isprintable():
        return letter
    if letter == _BYTE_ORDER_MARK:
        return ""
    category = unicodedata.category(letter)
    if category == "Cs":
        return "\ufffd"
    return "" if category == "Cc" and letter not in _KEPT_CONTROLS else letter
