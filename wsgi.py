"""The application for a WSGI server: `gunicorn wsgi:app`."""

import logging

from app import create_app
from app.config import Settings
from app.store.errors import StorageError, storage_errors

settings = Settings()
try:
    with storage_errors():
        app = create_app(settings)
except StorageError as error:
    told = "The service cannot start, DATA_DIR is %s: %s %s"
    logging.getLogger("app").critical(told, settings.data_dir, error, error.cause)
    raise SystemExit(4) from None  # gunicorn's "the application does not load": it ends, rather than try again at once
