"""The service with a decoder that has faults. The decoder is in another module: worker processes import it."""

import os

from app import create_app
from app.cli.serve import THREADS
from app.config import Settings
from app.execution.process_pool import ProcessPool
from app.web.server import listen, serve
from tests.faults.odd_decoder import break_decoder

if __name__ == "__main__":  # worker processes import this module, too
    settings = Settings()
    app = create_app(settings, ProcessPool(settings.max_running, break_decoder))
    serve(app, listen("127.0.0.1", int(os.environ["PORT"]), settings.channel_timeout), THREADS)
