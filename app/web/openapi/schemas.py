"""JSON Schema as text, for the page of the API's description."""

import json
from typing import Any, NamedTuple

from markupsafe import Markup, escape

Schema = dict[str, Any]

FORMATS = {"binary": "file", "date-time": "time, RFC 3339", "uri-reference": "address"}
TYPES = {"boolean": "true or false", "null": "null", "string": "text", "number": "number", "integer": "whole number"}


class Row(NamedTuple):
    """A row of the table of fields: name, allowed values, whether it is required, default, description."""

    name: str
    kind: Markup
    required: bool
    default: str | None
    text: str


def rows(schema: Schema) -> list[Row]:
    """The fields of an object schema."""
    required = schema.get("required", [])
    return [
        Row(name, kind(field), name in required, _default(field), field.get("description", ""))
        for name, field in schema["properties"].items()
    ]


def pretty(value: Any) -> str:
    """Indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def kind(schema: Schema) -> Markup:
    """The allowed values, with links to other schemas."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(dict.fromkeys(map(kind, schema["anyOf"])))
    if "enum" in schema:
        return Markup(", ").join(Markup("<code>{}</code>").format(value) for value in schema["enum"])
    if "contentSchema" in schema:
        return Markup("JSON as text: {}").format(kind(schema["contentSchema"]))
    if "format" in schema:
        return escape(FORMATS[schema["format"]])
    return _compound(schema) or escape(TYPES[schema["type"]] + _bounds(schema))


def _compound(schema: Schema) -> Markup | None:
    if "prefixItems" in schema:
        return Markup("list of {} values").format(len(schema["prefixItems"]))
    if schema.get("type") == "array":
        most = f", {schema['maxItems']} at most" if "maxItems" in schema else ""
        return Markup("list of {}{}").format(kind(schema["items"]), most)
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return Markup("object of {}").format(kind(values)) if isinstance(values, dict) else Markup("object")
    return None


def _bounds(schema: Schema) -> str:
    if "pattern" in schema and "default" in schema:
        return ", comma-separated"
    bounds = {
        "minimum": "from {:,}",
        "exclusiveMinimum": "above {:,}",
        "maximum": "to {:,}",
        "exclusiveMaximum": "below {:,}",
    }
    given = [text.format(schema[name]) for name, text in bounds.items() if name in schema]
    return f", {' '.join(given)}" if given else ""


def _default(schema: Schema) -> str | None:
    default = schema.get("default")
    if "$ref" in schema or default is None or "contentSchema" in schema:
        return None
    return default if isinstance(default, str) else json.dumps(default)
