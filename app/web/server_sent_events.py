"""The progress of an evaluation as server-sent events in its own response.

Polling, or a second address for the events, would need state that all worker processes share.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from queue import Empty, Queue
from threading import Thread
from typing import Any

from flask import Response, copy_current_request_context, current_app, json, request, stream_with_context

from app.evaluation.pipeline import step_label
from app.execution.deadline import Step
from app.store.records import PairRecord, ReportRecord
from app.web.serializers import present_report

# Proxies close silent connections, usually after a minute; and only a write shows that the client has left.
HEARTBEAT_SECONDS = 5.0

Work = Callable[[Callable[[Step], None]], ReportRecord]
Message = Step | ReportRecord | Exception


def wants_events() -> bool:
    """Whether the caller prefers events. `*/*` does not."""
    offered = ["text/html", "application/json", "text/event-stream"]
    return request.accept_mimetypes.best_match(offered) == "text/event-stream"


def follow(pair: PairRecord, work: Work) -> Response:
    """Run `work`, which gets a listener for its steps, in a thread, and answer with a stream of events.

    Events: any number of `step` {name, label, state, milliseconds}, then one `report` {id, links} or `problem`
    (problem+json). An error before the first step is raised here, so that it has its HTTP status. If the client
    leaves, the work ends before its next step.
    """
    messages: Queue[Message] = Queue()
    # The work finds out through the request's context whether the client has left.
    Thread(target=copy_current_request_context(_work), args=(work, messages)).start()
    first = messages.get()
    if isinstance(first, Exception):
        raise first
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the latter keeps nginx from buffering
    return Response(stream_with_context(_events(pair, first, messages)), mimetype="text/event-stream", headers=headers)


def _work(work: Work, messages: Queue[Message]) -> None:
    try:
        messages.put(work(messages.put))
    except Exception as error:
        messages.put(error)


def _events(pair: PairRecord, message: Message | None, messages: Queue[Message]) -> Iterator[str]:
    while isinstance(message, Step | None):
        yield _event("step", _step(message)) if message else ": still at work\n\n"
        message = _next(messages)
    if isinstance(message, ReportRecord):
        yield _event("report", {"id": message.id, "links": present_report(message, pair).links})
    else:
        yield _event("problem", _problem(message))


def _step(step: Step) -> dict[str, Any]:
    return {**asdict(step), "label": step_label(step.name)}


def _next(messages: Queue[Message]) -> Message | None:
    """The next message; None if there is none for HEARTBEAT_SECONDS."""
    try:
        return messages.get(timeout=HEARTBEAT_SECONDS)
    except Empty:
        return None


def _problem(error: Exception) -> Any:
    """The body of the error's own response."""
    return current_app.make_response(current_app.handle_user_exception(error)).json


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
