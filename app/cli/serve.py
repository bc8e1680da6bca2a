"""`serve`: the service."""

import os

import click

from app import logs
from app.cli.environment import settings
from app.cli.failing import Failure

# As many requests as may evaluate or draw (one a core) or wait: to evaluate (16), for an equal request (24), to draw
# (16), for a drawing (48), for a page (64) or to be stored (16); the rest serves other pages and health checks.
THREADS = (os.cpu_count() or 1) + 176


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="Address; 0.0.0.0 is every one.")
@click.option("--port", envvar="PORT", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="Port.")
@click.option("--threads", envvar="THREADS", type=click.IntRange(1), default=THREADS, help="Requests handled at once.")
def serve(host: str, port: int, threads: int) -> None:
    """Serve the pages and the API until SIGTERM or Ctrl-C.

    The environment variables HOST, PORT and THREADS set the same; docs/settings.md has all settings.
    """
    current = settings()
    logs.configure(current.log_format)
    from app.web import server
    from wsgi import app

    try:
        listener = server.listen(host, port, current.channel_timeout)
    except OSError as error:
        raise Failure(f"The service cannot listen on {host} port {port}: {error.strerror}.") from None
    server.serve(app, listener, threads)
