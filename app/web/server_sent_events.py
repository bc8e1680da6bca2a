"""An evaluation that is told step by step, as server-sent events in the response itself.

The other ways are to ask again and again, or to follow another address: both need a state that all worker processes
share.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from queue import Empty, Queue
from threading import Thread
from typing import Any

from flask import Response, copy_current_request_context, current_app, json, request, stream_with_context

from app.execution.deadline import Step
from app.store.records import PairRecord, ReportRecord
from app.web.serializers import present_report

# Proxies close what is silent for long, usually for a minute; and only writing shows that the client is gone.
HEARTBEAT_SECONDS = 5.0

Work = Callable[[Callable[[Step], None]], ReportRecord]
Message = Step | ReportRecord | Exception


def wants_events() -> bool:
    """Whether the caller asks to be told of the steps. Who takes anything does not."""
    offered = ["text/html", "application/json", "text/event-stream"]
    return request.accept_mimetypes.best_match(offered) == "text/event-stream"


def follow(pair: PairRecord, work: Work) -> Response:
    """Run `work`, which is given the listener for its steps, and answer with a stream of events.

    `step` {name, state, milliseconds}, any number of them; then `report` {id, links} or `problem` (problem+json); end.
    An error before the first step is raised here, as it can still have its HTTP status. The work has a thread of its
    own, and ends as any other where the client goes away: before its next step.
    """
    told: Queue[Message] = Queue()
    # With the request's context, through which the work looks whether the client is still there.
    Thread(target=copy_current_request_context(_work), args=(work, told)).start()
    first = told.get()
    if isinstance(first, Exception):
        raise first
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the latter for nginx, which would hold it back
    return Response(stream_with_context(_events(pair, first, told)), mimetype="text/event-stream", headers=headers)


def _work(work: Work, told: Queue[Message]) -> None:
    try:
        told.put(work(told.put))
    except Exception as error:
        told.put(error)


def _events(pair: PairRecord, message: Message | None, told: Queue[Message]) -> Iterator[str]:
    while isinstance(message, Step | None):
        yield _event("step", asdict(message)) if message else ": still at work\n\n"
        message = _next(told)
    if isinstance(message, ReportRecord):
        yield _event("report", {"id": message.id, "links": present_report(message, pair).links})
    else:
        yield _event("problem", _problem(message))


def _next(told: Queue[Message]) -> Message | None:
    """What is told next; None where nothing is for a while."""
    try:
        return told.get(timeout=HEARTBEAT_SECONDS)
    except Empty:
        return None


def _problem(error: Exception) -> Any:
    """The body that the same error has as an answer of its own."""
    return current_app.make_response(current_app.handle_user_exception(error)).json


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
