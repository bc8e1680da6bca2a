"""OpenAPI metadata of a route: responses, request bodies and errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

View = TypeVar("View", bound=Callable[..., Any])
Content = Mapping[str, type[BaseModel] | None]


@dataclass(frozen=True)
class Operation:
    """Metadata of a view. The description comes from its docstring; path, method and path parameters from its route.

    status, content: of the successful response; models by media type, None for content that is not JSON.
    request_body: models by media type; required: whether a body must be sent.
    others: models of other JSON responses by status.
    problems: statuses of the possible errors.
    parameters: names of query parameters and request headers in document.PARAMETERS.
    headers: names of response headers in document.HEADERS.
    links: views that take the response's id, with the name of their parameter.
    curl: arguments of an example request, without the address.
    """

    status: int
    content: Content
    request_body: Content = field(default_factory=dict)
    required: bool = False
    others: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    parameters: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    curl: str = ""


DECLARED: dict[Callable[..., Any], Operation] = {}


def declares(operation: Operation) -> Callable[[View], View]:
    """Decorator that adds a view to the API's description."""

    def declare(view: View) -> View:
        DECLARED[view] = operation
        return view

    return declare
