"""What a caller asks of one evaluation."""

import hashlib
import re
from typing import Annotated, Any

from pydantic import Field, ValidationError, ValidationInfo, WithJsonSchema, field_validator

from app.vision.analyses import ANALYSES, DEFAULT
from app.vision.options import Options

_NAME = f"({'|'.join(ANALYSES)})"
NAMES = f"^ *{_NAME} *(, *{_NAME} *)*$"
"""Analyses as text, for Python and for JSON Schema."""


class InvalidOptions(Exception):
    """An option is malformed; the text names the field and what is allowed."""


class EvaluationRequest(Options):
    """The comparison's options, which analyses to run, and whether a stored answer will do."""

    analyses: Annotated[
        tuple[str, ...],
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "string", "pattern": NAMES},
                    {"type": "array", "items": {"enum": list(ANALYSES)}, "minItems": 1},
                ]
            }
        ),
    ] = Field(
        DEFAULT,
        description=f"Comma-separated names of the analyses to run, all but methods by default: {', '.join(ANALYSES)}.",
    )
    fresh: bool = Field(
        False, strict=True, exclude=True, description="Evaluate again even where the same question is already answered."
    )

    @field_validator("fresh", mode="before")
    @classmethod
    def _either(cls, value: Any, info: ValidationInfo) -> Any:
        """In a form it is text: `True` is what Python's programs write. Pydantic would take `on`, `y` and 1, too."""
        text = isinstance(value, str) and info.mode == "python"
        return {"true": True, "false": False}.get(value.lower(), value) if text else value

    @field_validator("analyses", mode="before")
    @classmethod
    def _choose(cls, value: Any) -> Any:
        """Names in any order, as a list or comma-separated; run in the order of ANALYSES, each once."""
        names = re.findall(_NAME, value) if isinstance(value, str) and re.fullmatch(NAMES, value) else value
        if not isinstance(names, (list, tuple)) or not names or any(name not in ANALYSES for name in map(str, names)):
            raise ValueError(f"must be one or more of {', '.join(ANALYSES)}")
        return tuple(name for name in ANALYSES if name in names)

    def key(self, a_sha256: str, b_sha256: str, program: str) -> str:
        """A digest of the whole question: same pictures, same options, same program, same answer."""
        question = "\n".join((a_sha256, b_sha256, program, self.model_dump_json()))
        return hashlib.sha256(question.encode()).hexdigest()


def parse_request(fields: dict[str, Any]) -> EvaluationRequest:
    """Check the fields of a form, or of a command: text is as good as what it says.

    Raises InvalidOptions with one sentence per wrong field.
    """
    try:
        return EvaluationRequest.model_validate(fields)
    except ValidationError as error:
        raise _invalid(error) from None


def parse_json(body: bytes) -> EvaluationRequest:
    """Check a body of JSON, where a number is a number and a list a list. Raises InvalidOptions as parse_request."""
    try:
        return EvaluationRequest.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> InvalidOptions:
    return InvalidOptions(" ".join(map(_sentence, error.errors(include_context=False))))


_OTHER_WORDS = {"missing": "given", "bool_type": "true or false"}


def _sentence(error: Any) -> str:
    """One of pydantic's findings as 'field: what is allowed.'"""
    if error["type"] == "json_invalid":
        return f"The body is not valid JSON: {error['msg'].removeprefix('Invalid JSON: ')}."
    if not error["loc"]:
        return "The body must be a JSON object with the options as its fields."
    place = ".".join(str(part) for part in error["loc"])[:80] or "''"
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such option; the options are {', '.join(_options(error['loc']))}."
    if error["type"] == "unexpected_keyword_argument":
        return f"{place}: a box has x, y, width and height alone."
    message = _OTHER_WORDS.get(error["type"], error["msg"])
    message = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{place}: {message if message.startswith('must') else 'must be ' + message}."


def _options(place: tuple[str | int, ...]) -> list[str]:
    """The names allowed in a place: those of a finder's settings, or of the request."""
    settings = EvaluationRequest.model_fields.get(str(place[0])) if len(place) > 1 else None
    model = type(settings.default) if settings else EvaluationRequest
    return list(model.model_fields)
