"""The links of a page."""

from html.parser import HTMLParser


class Links(HTMLParser):
    """Collects the links of a page and counts its inline styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline_styles = 0
        self.feed(page)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found += [values[name] or "" for name in ("href", "src", "action") if name in values]
        self.inline_styles += "style" in values
        self.inline_styles += any(name.startswith("on") for name in values)
