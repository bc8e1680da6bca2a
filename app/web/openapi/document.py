"""The OpenAPI 3.1 description of the API, generated from the pydantic models, Flask's routes and the settings.

openapi-pydantic only serialises it. APIFlask and flask-smorest validate with marshmallow; flask-openapi3 and spectree
replace routes, validation and errors, so the errors could not have one sentence per wrong field.
"""

import inspect
import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask
from openapi_pydantic import (
    Components,
    Encoding,
    Header,
    Info,
    Link,
    MediaType,
    OpenAPI,
    Parameter,
    PathItem,
    Reference,
    RequestBody,
    Response,
    SecurityScheme,
    Server,
)
from openapi_pydantic import Operation as PlainOperation
from openapi_pydantic.util import PydanticSchema, construct_open_api_with_schema_class
from pydantic import BaseModel, Field
from werkzeug.routing import Rule

from app.evaluation.pipeline import VERSION
from app.vision.region import as_integer as integer
from app.web.formats import Format
from app.web.keys import HEADER, is_key_required
from app.web.openapi.examples import EXAMPLES, problem
from app.web.openapi.operation import DECLARED, Content, Operation
from app.web.problems import OCCASIONS, Problem

KEY_REQUIRED = (
    f"Requests need an API key, as `Authorization: Bearer KEY` or `{HEADER}: KEY`. A pair that was added with a key "
    "can be seen, compared again and deleted only with that key. Anyone who has the link of a report can see it, its "
    "pictures and its downloads.\n\n"
)


class DescribedOperation(PlainOperation):
    """An operation with code samples, in the extension `x-codeSamples` that most OpenAPI viewers support."""

    samples: list[dict[str, str]] = Field(serialization_alias="x-codeSamples")


PICTURES = "image/png, image/jpeg, image/webp, image/avif, image/tiff, image/bmp, image/gif"

ID = {"type": "string", "pattern": "^[0-9a-f]{32}$", "examples": ["0123456789abcdef0123456789abcdef"]}
PATH: dict[str, dict[str, Any]] = {
    "pair": {"description": "The pair's id.", "schema": ID},
    "report": {"description": "The report's id.", "schema": ID},
    "name": {
        "description": "The picture's name, as in the report's `images`.",
        "schema": {"type": "string", "minLength": 1, "examples": ["a"]},
    },
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "format": {
        "in": "query",
        "description": "The format of the answer: `json`; `page`, the report page; `html`, the page as one file that "
        "needs no network; `png`, a sheet with both pictures. By default, `Accept` decides among JSON, page, sheet.",
        "schema": {"type": "string", "enum": list(Format)},
    },
    "If-None-Match": {
        "in": "header",
        "description": "The `ETag` of the answer that the caller has.",
        "schema": {"type": "string"},
    },
}
HEADERS: dict[str, dict[str, Any]] = {
    "Location": {"description": "The new resource.", "schema": {"type": "string", "format": "uri-reference"}},
    "ETag": {"description": "Changes whenever the answer changes. Pages have none.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {"description": "How to send a key.", "required": True, "schema": {"type": "string"}},
    "Allow": {
        "description": "The methods that the address accepts.",
        "required": True,
        "schema": {"type": "string"},
    },
}


# Either is accepted.
KEYS = {
    "bearer": SecurityScheme(type="http", scheme="bearer", description="An API key, if the service requires one."),
    "header": SecurityScheme(type="apiKey", name=HEADER, security_scheme_in="header", description="The same."),
}


def document(app: Flask, root: str) -> dict[str, Any]:
    """The description of all declared routes, as JSON values. root: the service's address with a trailing slash."""
    paths: dict[str, PathItem] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if view in DECLARED:
            item = paths.setdefault(re.sub(r"<(\w+)>", r"{\1}", rule.rule), PathItem())
            setattr(item, _method(rule).lower(), _operation(rule, view, DECLARED[view], root))
    described = OpenAPI(
        openapi="3.1.1",
        info=Info(title="Image Diff", version=VERSION, description=_limits(app)),
        servers=[Server(url=root)],
        paths=paths,
        components=Components(
            responses={f"Problem{status}": _problem(status) for status in OCCASIONS}, securitySchemes=dict(KEYS)
        ),
    )
    whole = construct_open_api_with_schema_class(described)
    schemas = whole.components.schemas if whole.components and whole.components.schemas else {}
    for model, example in EXAMPLES.items():
        schemas[model.__name__].examples = [example]
    text = whole.model_dump_json(by_alias=True, exclude_none=True, exclude_unset=True, serialize_as_any=True)
    # The library stores every bound as a float.
    return dict(json.loads(text, parse_float=lambda number: integer(float(number))))


def _limits(app: Flask) -> str:
    limits, service = app.config, app.extensions["image_diff"].settings
    return (
        "What changed between two pictures: send both, get a verdict, the changed regions and the measures.\n\n"
        f"A request may have {limits['MAX_CONTENT_LENGTH'] / 2**20:g} MiB, a form {limits['MAX_FORM_PARTS']} parts and "
        f"{limits['MAX_FORM_MEMORY_SIZE'] / 1024:g} kB for its other fields, a picture {service.max_pixels / 1e6:g} "
        f"million pixels. A comparison may take {service.deadline:g} seconds.\n\n"
        f"{KEY_REQUIRED if is_key_required() else ''}"
        "Later versions may add routes, and fields to the answers; the existing ones stay."
    )


def _method(rule: Rule) -> str:
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return method


def _operation(rule: Rule, view: Callable[..., Any], declared: Operation, root: str) -> DescribedOperation:
    summary, _, text = inspect.cleandoc(view.__doc__ or "").partition("\n")
    path = [{"in": "path", "required": True, "name": name, **PATH[name]} for name in sorted(rule.arguments)]
    others = [{"name": name, **PARAMETERS[name]} for name in declared.parameters]
    address = root.rstrip("/") + re.sub(r"<(\w+)>", lambda match: PATH[match[1]]["schema"]["examples"][0], rule.rule)
    return DescribedOperation(
        operationId=view.__name__,
        summary=summary,
        description=text.strip() or None,
        parameters=[Parameter.model_validate(parameter) for parameter in path + others] or None,
        requestBody=_body(declared) if declared.request_body else None,
        responses={str(status): answer for status, answer in _answers(declared).items()},
        security=_security(declared),
        samples=[{"lang": "Shell", "label": "curl", "source": _curl(declared, address)}],
    )


def _security(declared: Operation) -> list[dict[str, list[str]]] | None:
    if 401 not in declared.problems:
        return None
    schemes: list[dict[str, list[str]]] = [{name: []} for name in KEYS]
    return schemes if is_key_required() else [*schemes, {}]


def _curl(declared: Operation, address: str) -> str:
    key = "-H 'Authorization: Bearer KEY'" if 401 in declared.problems and is_key_required() else ""
    return " ".join(part for part in ("curl", key, declared.curl, address) if part)


def _body(declared: Operation) -> RequestBody:
    content = _content(declared.request_body)
    for media_type, described in content.items():
        if media_type == "multipart/form-data" and declared.required:
            described.encoding = {field: Encoding(contentType=PICTURES) for field in "ab"}
    return RequestBody(content=content, required=declared.required)


def _content(content: Content) -> dict[str, MediaType]:
    return {media_type: _media(model) if model else MediaType() for media_type, model in content.items()}


def _media(model: type[BaseModel]) -> MediaType:
    return MediaType(media_type_schema=PydanticSchema(schema_class=model))


def _answers(declared: Operation) -> dict[int, Response | Reference]:
    success = Response(
        description=HTTPStatus(declared.status).phrase,
        content=_content(declared.content) or None,
        headers=_headers(*declared.headers),
        links={
            view: Link(operationId=view, parameters={parameter: "$response.body#/id"})
            for view, parameter in declared.links.items()
        }
        or None,
    )
    current = Response(description="The caller's copy is current.", headers=_headers("ETag"))
    return {
        declared.status: success,
        **({304: current} if "If-None-Match" in declared.parameters else {}),
        **{
            status: Response(description=HTTPStatus(status).phrase, content={"application/json": _media(model)})
            for status, model in declared.others.items()
        },
        **{
            status: Reference.model_validate({"$ref": f"#/components/responses/Problem{status}"})
            for status in declared.problems
        },
    }


def _problem(status: int) -> Response:
    described = _media(Problem)
    described.example = problem(status).model_dump(mode="json")
    names = {401: ["WWW-Authenticate"], 405: ["Allow"], 429: ["Retry-After"], 503: ["Retry-After"]}.get(status, [])
    return Response(
        description=OCCASIONS[status],
        content={"application/problem+json": described},
        headers=_headers(*names),
    )


def _headers(*names: str) -> dict[str, Header | Reference] | None:
    return {name: Header.model_validate(HEADERS[name]) for name in names} or None
