"""The application for a WSGI server: `gunicorn wsgi:app`."""

from app.web.application import create_app

app = create_app()
