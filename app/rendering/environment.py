"""The templates with what they need to be rendered."""

from functools import cache
from pathlib import Path

from flask import Flask

from app.rendering import filters as words
from app.rendering import viewer_data as viewer

ROOT = Path(__file__).resolve().parent.parent.parent


def bare_app() -> Flask:
    """An application with templates and their filters, and no routes: enough for a page that is kept, not served."""
    app = Flask("app", root_path=str(ROOT))
    for part in (words, viewer):
        part.init_app(app)
    return app


templates = cache(bare_app)
