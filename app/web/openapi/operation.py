"""What the code of a route does not tell of it: what it answers, what it takes, and how it fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

View = TypeVar("View", bound=Callable[..., Any])
Content = Mapping[str, type[BaseModel] | None]


@dataclass(frozen=True)
class Operation:
    """What is declared of a view. Its docstring is the text, its route the address, the method and what is in the path.

    status, content: of the answer where all went well; models by media type, None for what is no JSON.
    request_body: the body's models by media type; a body is demanded if `demanded`.
    others: models of what else may be answered in JSON, by status.
    problems: the errors that may come instead.
    parameters: of the query and of the headers, by their names in openapi.PARAMETERS.
    headers: of the answer, by their names in openapi.HEADERS.
    links: views that take the answer's id, by the name of their parameter.
    curl: the arguments of an example, beside the address.
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
    """Declare a view's operation: it becomes part of the API's description."""

    def declare(view: View) -> View:
        DECLARED[view] = operation
        return view

    return declare
