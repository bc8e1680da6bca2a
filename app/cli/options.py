"""The options of a comparison, made from the very fields that check what the API is sent."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, TypeVar, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.cli.failing import Failure
from app.evaluation.report import VerdictKind
from app.evaluation.request import EvaluationRequest, InvalidOptions, parse_request

T = TypeVar("T")

# All but `fresh`, which asks a store.
FIELDS = {name: field for name, field in EvaluationRequest.model_fields.items() if name != "fresh"}

# From the least to the most.
VERDICTS: tuple[VerdictKind, ...] = get_args(VerdictKind)

fail_on = click.option(
    "--fail-on",
    type=click.Choice(VERDICTS[1:]),
    help="End with exit code 1 where the verdict is that or more: identical < same < changed < different.",
)

BOX = ("x", "y", "width", "height")


def comparison_options(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command the options of a comparison; among its arguments it gets `request`, the checked Request.

    Wrong values end it with exit code 2 and the sentences that the API answers.
    """

    @wraps(command)
    def checked(*args: Any, **values: Any) -> T:
        given = {name: values.pop(name) for name in FIELDS}
        return command(*args, request=_request(given), **values)

    for name, field in reversed(FIELDS.items()):
        _option(name, field)(checked)  # which it only marks, and gives back
    return checked


def reached(verdict: VerdictKind, limit: VerdictKind | None) -> bool:
    """Whether a verdict is that of `--fail-on`, or more."""
    return limit is not None and VERDICTS.index(verdict) >= VERDICTS.index(limit)


def _request(given: dict[str, Any]) -> EvaluationRequest:
    try:
        return parse_request({**given, "ignore": _boxes(given["ignore"])})
    except InvalidOptions as error:
        raise Failure(str(error)) from None


def _boxes(values: tuple[str, ...]) -> Any:
    """The boxes of `--ignore`: one JSON list, as the API takes it, or each as X,Y,WIDTH,HEIGHT."""
    if len(values) == 1 and values[0].lstrip().startswith("["):
        return values[0]
    parts = [value.split(",") for value in values]
    if any(len(part) != len(BOX) for part in parts):
        raise Failure("ignore: must be X,Y,WIDTH,HEIGHT, as often as needed, or one JSON list of boxes.")
    return [dict(zip(BOX, part, strict=True)) for part in parts]


def _option(name: str, field: FieldInfo) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A field as an option. Its value stays text: what it may be, the request knows."""
    if name == "ignore":
        words = f"{field.description} Or X,Y,WIDTH,HEIGHT, as often as needed."
        return click.option("--ignore", metavar="BOXES", multiple=True, help=words)
    return click.option(
        f"--{name}", metavar=_form(field), help=field.description, default=_text(field.default), show_default=True
    )


def _form(field: FieldInfo) -> str:
    """What is to be written after the option."""
    if get_origin(field.annotation) is Literal:
        return f"[{'|'.join(get_args(field.annotation))}]"
    if field.annotation is float:
        return "NUMBER"
    return "NAMES" if field.annotation == tuple[str, ...] else "JSON"


def _text(default: Any) -> str:
    """A default as one would write it."""
    if isinstance(default, BaseModel):
        return json.dumps(default.model_dump())
    return ",".join(default) if isinstance(default, tuple) else str(default)
