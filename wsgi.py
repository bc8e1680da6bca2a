"""The application for any WSGI server, as `wsgi:app`. `python -m app serve` uses it, too."""

import logging

from app import create_app
from app.config import Settings
from app.store.errors import StorageError, storage_errors

settings = Settings()
try:
    with storage_errors():
        app = create_app(settings)
except StorageError as error:
    message = "The service cannot start, DATA_DIR is %s: %s %s"
    logging.getLogger("app").critical(message, settings.data_dir, error, error.cause)
    raise SystemExit(4) from None
