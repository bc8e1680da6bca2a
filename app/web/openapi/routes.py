"""The routes of the API's description: as OpenAPI for programs, and as a page."""

import json
from functools import lru_cache
from typing import Any, cast

from flask import Blueprint, Response, current_app, render_template, request

from app.web.openapi.document import document
from app.web.openapi.operation import Operation, declares
from app.web.openapi.schemas import pretty, rows

docs = Blueprint("docs", __name__, url_prefix="/api")

# A service has few addresses, but clients can send any Host.
cached_document = lru_cache(maxsize=4)(document)


@docs.get("/v1/openapi.json")
@declares(Operation(200, {"application/json": None}, parameters=("If-None-Match",), headers=("ETag",)))
def show_openapi() -> Response:
    """This description in OpenAPI 3.1."""
    response = Response(json.dumps(_document()), mimetype="application/json")
    response.cache_control.no_cache = True
    response.add_etag()
    response.make_conditional(request)
    return response


@docs.get("/docs")
def show_docs() -> str:
    """The description as a page."""
    return render_template("docs.html", document=_document(), rows=rows, pretty=pretty)


def _document() -> dict[str, Any]:
    # As a cache key the proxy would equal any current app.
    app = cast(Any, current_app)._get_current_object()
    return cached_document(app, request.root_url)
