"""The options of a comparison, made from the fields of EvaluationRequest, which also checks those of the API."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, get_args

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.cli.failing import Failure
from app.evaluation.report import VerdictKind
from app.evaluation.request import EvaluationRequest, InvalidOptions, parse_request

T = TypeVar("T")

# All but `fresh`, which is about stored reports.
FIELDS = {name: field for name, field in EvaluationRequest.model_fields.items() if name != "fresh"}

# From the least change to the most.
VERDICTS: tuple[VerdictKind, ...] = get_args(VerdictKind)

fail_on = click.option(
    "--fail-on",
    type=click.Choice(VERDICTS[1:]),
    help="Exit with code 1 if the verdict is this one or a later one of: identical, same, changed, different.",
)

BOX_NUMBERS = 4
# Options that may be given several times: the placeholder, and how one item is written.
LISTS = {
    "ignore": ("BOXES", "X,Y,WIDTH,HEIGHT, once for each box"),
    "points": ("PAIRS", "AX,AY,BX,BY, once for each pair"),
}
METAVARS = {"number": "NUMBER", "integer": "NUMBER", "boolean": "[true|false]"}


def comparison_options(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command the options of a comparison, and the argument `request`, the checked EvaluationRequest.

    Wrong values end the command with exit code 2 and the same sentences as in the API.
    """

    @wraps(command)
    def checked(*args: Any, **values: Any) -> T:
        given = {name: values.pop(name) for name in FIELDS}
        return command(*args, request=_request(given), **values)

    schemas = EvaluationRequest.model_json_schema()["properties"]
    for name, field in reversed(FIELDS.items()):
        _option(name, field, schemas[name])(checked)  # which adds the option to the command in place
    return checked


def reached(verdict: VerdictKind, limit: VerdictKind | None) -> bool:
    """Whether a verdict is that of `--fail-on` or a later one."""
    return limit is not None and VERDICTS.index(verdict) >= VERDICTS.index(limit)


def _request(given: dict[str, Any]) -> EvaluationRequest:
    try:
        return parse_request({**given, "ignore": _boxes(given["ignore"]), "points": "\n".join(given["points"])})
    except InvalidOptions as error:
        raise Failure(str(error)) from None


def _boxes(values: tuple[str, ...]) -> Any:
    """The boxes of `--ignore`: one JSON list as in the API, or each box as X,Y,WIDTH,HEIGHT."""
    if len(values) == 1 and values[0].lstrip().startswith("["):
        return values[0]
    try:
        boxes = [list(map(float, value.split(","))) for value in values]
    except ValueError:
        boxes = [[]]
    if any(len(box) != BOX_NUMBERS for box in boxes):
        raise Failure("ignore: must be X,Y,WIDTH,HEIGHT, once for each box, or one JSON list of boxes.")
    return boxes


def _option(name: str, field: FieldInfo, schema: dict[str, Any]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A field as an option. Its value stays text, which the request checks."""
    if name in LISTS:
        metavar, item = LISTS[name]
        return click.option(f"--{name}", metavar=metavar, multiple=True, help=f"{schema['description']} Or {item}.")
    default = _text(field.get_default(call_default_factory=True))
    flags = dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))
    return click.option(
        *flags, name, metavar=_metavar(schema), help=schema["description"], default=default, show_default=True
    )


def _metavar(schema: dict[str, Any]) -> str:
    """The placeholder of a value in the help text."""
    if "enum" in schema:
        return f"[{'|'.join(schema['enum'])}]"
    if "anyOf" in schema:
        return "NAMES"
    return METAVARS.get(schema.get("type", ""), "JSON")


def _text(default: Any) -> str:
    """A default value in the syntax of the option."""
    if isinstance(default, BaseModel):
        return json.dumps(default.model_dump())
    if isinstance(default, bool):
        return json.dumps(default)
    return ",".join(default) if isinstance(default, tuple) else str(default)
