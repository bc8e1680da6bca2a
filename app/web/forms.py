"""JSON Schemas of the API's forms. EvaluationRequest and received_pair() check the values that clients send."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema

from app.evaluation.request import EvaluationRequest

File = Annotated[bytes, WithJsonSchema({"type": "string", "format": "binary"})]


class PicturesForm(BaseModel):
    """Two pictures."""

    a: File = Field(description="The picture before, the reference: PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF.")
    b: File = Field(description="The picture after, in any of these formats and of any size.")


class OptionsForm(EvaluationRequest):
    """The options as form fields: lists and objects are JSON in a text field."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        schema["properties"] = {name: _field(value) for name, value in schema["properties"].items()}
        return reference


class EvaluateForm(OptionsForm, PicturesForm):
    """Two pictures and the options."""


def _field(schema: dict[str, Any]) -> dict[str, Any]:
    """Turn the schema of a JSON property into that of a form field."""
    texts = {name: value for name, value in schema.items() if name in ("title", "description")}
    if "anyOf" in schema:
        return {**schema["anyOf"][0], **texts, "default": ",".join(schema["default"])}
    if schema.get("type") == "array" or "$ref" in schema:
        content = {name: value for name, value in schema.items() if name not in (*texts, "default")}
        text = {"type": "string", "contentMediaType": "application/json", "contentSchema": content}
        return {**text, **texts, "default": json.dumps(schema["default"])}
    return schema
