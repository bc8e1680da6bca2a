"""JSON Schema in words, for the page that describes the API."""

import json
from typing import Any, NamedTuple

from markupsafe import Markup, escape

Schema = dict[str, Any]

FORMATS = {"binary": "file", "date-time": "time, RFC 3339", "uri-reference": "address"}
PLAIN = {"boolean": "true or false", "null": "null", "string": "text", "number": "number", "integer": "whole number"}


class Row(NamedTuple):
    """A field: what it is called, what it may be, whether it must be there, what holds without it, what it means."""

    name: str
    kind: Markup
    required: bool
    default: str | None
    text: str


def rows(schema: Schema) -> list[Row]:
    """The fields of an object."""
    required = schema.get("required", [])
    return [
        Row(name, kind(field), name in required, _default(field), field.get("description", ""))
        for name, field in schema["properties"].items()
    ]


def pretty(value: Any) -> str:
    """JSON with a line for each value, so that a reader finds them."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def kind(schema: Schema) -> Markup:
    """What a value may be; other schemas are linked to."""
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
    return _compound(schema) or escape(PLAIN[schema["type"]] + _bounds(schema))


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
    words = {
        "minimum": "from {:,}",
        "exclusiveMinimum": "above {:,}",
        "maximum": "to {:,}",
        "exclusiveMaximum": "below {:,}",
    }
    told = [text.format(schema[name]) for name, text in words.items() if name in schema]
    return f", {' '.join(told)}" if told else ""


def _default(schema: Schema) -> str | None:
    default = schema.get("default")
    if "$ref" in schema or default is None or "contentSchema" in schema:
        return None
    return default if isinstance(default, str) else json.dumps(default)
