"""File names of clients: stored to be shown, and never used as paths."""

import unicodedata

LONGEST_NAME = 200


def display_name(sent: str | None) -> str:
    """A client's file name as something to show: the last path component, without what could mislead a reader.

    Control and format characters (bidi overrides among them) go; so does all beyond 200 characters.
    """
    last = (sent or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    return shown.strip()[:LONGEST_NAME] or "unnamed"
