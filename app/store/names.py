"""File names of clients, which are stored and displayed but never used as paths."""

import unicodedata

LONGEST_NAME = 200


def display_name(sent: str | None) -> str:
    """A client's file name for display: the last path component, without characters that could mislead a reader.

    Control and format characters, such as bidi overrides, are removed; the rest is cut to 200 characters.
    """
    last = (sent or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    return shown.strip()[:LONGEST_NAME] or "unnamed"
