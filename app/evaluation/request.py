"""What one evaluation was asked to do: the options, the analyses and `fresh`."""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError, field_validator

from app.vision.analyses import ANALYSES, AnalysisModule, default_analyses
from app.vision.finders import FINDERS, FinderModule
from app.vision.options import Flag, Options

MAX_NAMED = 20  # errors in the text of one refusal


class InvalidOptions(Exception):
    """An option is malformed; the message names the field and the allowed values."""


# The JSON Schemas and the checks below read ANALYSES and FINDERS at each use: no name of a module is repeated here.
def _list(modules: Mapping[str, AnalysisModule] | Mapping[str, FinderModule]) -> str:
    return " ".join(f"`{name}`: {module.DESCRIPTION}" for name, module in modules.items())


def _describe_finder(schema: dict[str, Any]) -> None:
    schema.update(enum=list(FINDERS), description=f"The finder of changed regions. {_list(FINDERS)}")


def _describe_analyses(schema: dict[str, Any]) -> None:
    """The names, comma-separated or as a list."""
    name = f"({'|'.join(ANALYSES)})"
    text = {"type": "string", "pattern": f"^ *{name} *(, *{name} *)*$"}
    names = {"type": "array", "items": {"enum": list(ANALYSES)}, "minItems": 1}
    others = ", ".join(f"`{name}`" for name in ANALYSES if name not in default_analyses())
    description = f"Comma-separated names of the analyses to run, all but {others} by default. {_list(ANALYSES)}"
    schema.clear()
    schema.update(anyOf=[text, names], default=list(default_analyses()), description=description)


class EvaluationRequest(Options):
    """The options of the comparison, the analyses to run, and whether a stored report may be the answer."""

    finder: str = Field("combined", json_schema_extra=_describe_finder)
    analyses: tuple[str, ...] = Field(default_factory=default_analyses, json_schema_extra=_describe_analyses)
    fresh: Flag = Field(
        False,
        exclude=True,
        description="Evaluate again even if a report with these options is stored.",
    )

    @field_validator("finder", mode="before")
    @classmethod
    def _check_finder(cls, value: Any) -> Any:
        if not isinstance(value, str) or value not in FINDERS:
            *names, last = map(repr, FINDERS)
            raise ValueError(f"must be {', '.join(names)} or {last}")
        return value

    @field_validator("analyses", mode="before")
    @classmethod
    def _parse_analyses(cls, value: Any) -> Any:
        """Names in any order, as a list or comma-separated text; the result has the order of ANALYSES."""
        names = [name.strip(" ") for name in value.split(",")] if isinstance(value, str) else value
        if not isinstance(names, (list, tuple)) or not names or any(name not in ANALYSES for name in map(str, names)):
            raise ValueError(f"must be one or more of {', '.join(ANALYSES)}")
        return tuple(name for name in ANALYSES if name in names)

    def key(self, a_sha256: str, b_sha256: str, program: str, sharing: str = "") -> str:
        """The key of the stored report: a digest of the pictures, the options and the program.

        sharing: what else a request must have in common with another one to be answered by the same report.
        """
        question = "\n".join((a_sha256, b_sha256, program, self.model_dump_json(), sharing))
        return hashlib.sha256(question.encode()).hexdigest()


def parse_request(fields: dict[str, Any]) -> EvaluationRequest:
    """Check the fields of a form or a command, where text may stand for numbers, lists and objects.

    Raises InvalidOptions with one sentence per wrong field.
    """
    try:
        return EvaluationRequest.model_validate(fields)
    except ValidationError as error:
        raise _invalid(error) from None


def parse_json(body: bytes) -> EvaluationRequest:
    """Check a JSON body, whose values must have the right types. Raises InvalidOptions as parse_request does."""
    try:
        return EvaluationRequest.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> InvalidOptions:
    sentences = [_sentence(one) for one in error.errors(include_url=False, include_input=False)[:MAX_NAMED]]
    more = error.error_count() - len(sentences)
    return InvalidOptions(" ".join([*sentences, *([f"And {more:,} more."] if more > 0 else [])]))


_MESSAGES = {"missing": "given", "bool_type": "true or false"}


def _sentence(error: Any) -> str:
    """An error of pydantic as 'field: what is allowed.'"""
    if error["type"] == "json_invalid":
        return f"The body is not valid JSON: {error['msg'].removeprefix('Invalid JSON: ')}."
    message = _MESSAGES.get(error["type"], error["msg"])
    message = message.removeprefix("Value error, ").removeprefix("Input should be ")
    if not error["loc"]:
        text = message if error["type"] == "value_error" else "must be a JSON object with the options as its fields"
        return f"The body {text}."
    path = _path(error["loc"])[:80] or "''"
    if error["type"] == "extra_forbidden":
        return f"{path}: there is no such option; the options are {', '.join(_options(error['loc']))}."
    return f"{path}: {message if message.startswith('must') else 'must be ' + message}."


def _path(loc: tuple[str | int, ...]) -> str:
    """The place of an error as in JavaScript, such as `ignore[2].width`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)[1:]


def _options(path: tuple[str | int, ...]) -> list[str]:
    """The names that are allowed at a path: those of a finder's settings, or of the request."""
    settings = EvaluationRequest.model_fields.get(str(path[0])) if len(path) > 1 else None
    model = type(settings.default) if settings else EvaluationRequest
    return list(model.model_fields)
