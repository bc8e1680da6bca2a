"""The API's description: as OpenAPI for programs, as a page for people."""

import json
from functools import lru_cache
from typing import Any, cast

from flask import Blueprint, Response, current_app, render_template, request

from app.web.openapi.document import document
from app.web.openapi.operation import Operation, declares
from app.web.openapi.schemas import pretty, rows

docs = Blueprint("docs", __name__, url_prefix="/api")

# A service has one address or a few, and a caller can make up any number.
described = lru_cache(maxsize=4)(document)


@docs.get("/v1/openapi.json")
@declares(Operation(200, {"application/json": None}, parameters=("If-None-Match",), headers=("ETag",)))
def show_openapi() -> Response:
    """This description, after OpenAPI 3.1."""
    response = Response(json.dumps(_document()), mimetype="application/json")
    response.cache_control.no_cache = True
    response.add_etag()
    response.make_conditional(request)
    return response


@docs.get("/docs")
def show_docs() -> str:
    """The same as a page."""
    return render_template("docs.html", document=_document(), rows=rows, pretty=pretty)


def _document() -> dict[str, Any]:
    # The proxy itself would be equal to whatever app is the current one.
    app = cast(Any, current_app)._get_current_object()
    return described(app, request.root_url)
