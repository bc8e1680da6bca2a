"""The Jinja environment: templates, filters and globals."""

from functools import cache
from pathlib import Path

from flask import Flask

from app.rendering import filters, labels, viewer_data

ROOT = Path(__file__).resolve().parent.parent.parent


def bare_app() -> Flask:
    """A Flask application with the templates and their filters but no routes, enough to render a page to a file."""
    app = Flask("app", root_path=str(ROOT))
    for part in (filters, labels, viewer_data):
        part.init_app(app)
    return app


templates = cache(bare_app)
