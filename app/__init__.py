"""Image Diff: what changed between two pictures?"""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings
    from app.execution.process_pool import ProcessPool
    from app.web.metrics import Metrics


def create_app(settings: "Settings | None" = None, workers: "ProcessPool | None" = None) -> "Flask":
    """The WSGI application: opens the store, brings its schema up to date, and registers the routes.

    workers: processes to share with other applications; by default the application starts its own.
    """
    # Imported here, as every command imports this package and most need neither Flask nor the routes.
    from app.config import Settings
    from app.execution.admission import AdmissionQueue
    from app.execution.process_pool import ProcessPool
    from app.jobs import prepare_worker
    from app.rendering.environment import bare_app
    from app.store import Store
    from app.vision.networks import imagenet
    from app.web.limits import RateLimit
    from app.web.metrics import Metrics
    from app.web.service import Service
    from app.web.uploads import FormRequest

    settings = settings or Settings()
    workers = workers or ProcessPool(settings.max_running, partial(prepare_worker, settings))
    app = bare_app()
    app.request_class = FormRequest
    app.config.update(flask_config(settings))
    store = Store(settings.data_dir, settings.database, settings.max_storage, settings.sweep_when_full)
    comparison_queue = AdmissionQueue(settings.max_running, settings.max_waiting)
    drawing_queue = AdmissionQueue(settings.max_running, settings.max_waiting)
    memory_queue = AdmissionQueue(settings.max_running, 0, settings.memory)
    counts = Metrics(comparison_queue, store.records.usage, settings.max_storage)
    app.extensions["image_diff"] = Service(
        settings, store, comparison_queue, drawing_queue, memory_queue, workers, counts, RateLimit(settings.rate_limit)
    )
    imagenet.configure(settings.weights)
    _add_routes(app, settings, counts)
    return app


def _add_routes(app: "Flask", settings: "Settings", counts: "Metrics") -> None:
    """Register the routes, and what precedes and follows each request, in this order."""
    from flask_dropzone import Dropzone
    from werkzeug.middleware.proxy_fix import ProxyFix

    from app.web import hosts, metrics, problems, request_id, security, server
    from app.web.api import api, count_post
    from app.web.downloads import downloads
    from app.web.health import health
    from app.web.openapi.routes import docs
    from app.web.pages import pages

    Dropzone(app)
    request_id.init_app(app)
    server.init_app(app)
    hosts.init_app(app, settings.trusted_hosts)
    app.before_request(count_post)  # first of all that read the body, such as the check of its token
    for part in (security, problems):
        part.init_app(app)
    for blueprint in (pages, downloads, api, docs, health):
        app.register_blueprint(blueprint)
    security.csrf.exempt(api)
    metrics.init_app(app, counts, shown=settings.metrics)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]  # Flask's own way


def flask_config(settings: "Settings") -> dict[str, object]:
    """The settings by the names that Flask and its extensions read."""
    return {
        "SECRET_KEY": settings.secret(),
        "MAX_CONTENT_LENGTH": settings.max_body,
        "MAX_FORM_PARTS": settings.max_form_parts,
        "MAX_FORM_MEMORY_SIZE": settings.max_form_memory,
        # Browsers accept the prefix only from this very host over HTTPS, so no other host can set the cookie.
        "SESSION_COOKIE_NAME": "__Host-session" if settings.secure_cookies else "session",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=365),
        "WTF_CSRF_TIME_LIMIT": None,  # a drop zone left open over night still works; the session bounds the token
        "WTF_CSRF_SSL_STRICT": False,  # it demands a Referer, which privacy settings withhold; the token suffices
        "DROPZONE_SERVE_LOCAL": True,
        "DROPZONE_ENABLE_CSRF": True,
    }
