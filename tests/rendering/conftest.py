"""The application's fixtures, shared with the web tests."""

from tests.web.conftest import app, client, settings, workers

__all__ = ["app", "client", "settings", "workers"]
