"""Hooks for schemathesis: make generated requests valid where JSON Schema cannot express the rule."""

import json
from typing import Any

import schemathesis
from schemathesis import Case, HookContext
from schemathesis.transport.serialization import Binary

from tests.pictures import changed_scene, png, scene

PICTURES = {"a": Binary(png(scene(48, 32))), "b": Binary(png(changed_scene(48, 32)))}
TEXTS = {
    "ignore": json.dumps([{"x": 1, "y": 2, "width": 3, "height": 4}]),
    "points": json.dumps([[4, 4, 4, 4], [40, 28, 40, 28]]),
    "pixelwise": json.dumps({"reach": 3, "interest": 0.5}),
    "spotter": json.dumps({"count": 1}),
    "gradient": json.dumps({"metric": "psnr", "factor": None}),
}


@schemathesis.hook
def map_case(context: HookContext, case: Case[Any]) -> Case[Any]:
    """Real pictures for noise, JSON for text that is to be JSON, boxes that leave something to compare, and points.

    Nor what takes long, which has its own tests: many analyses, and the finder that loads TensorFlow.
    """
    del context  # its name is schemathesis's
    if case.meta is None or not case.meta.generation.mode.is_positive or not isinstance(case.body, dict):
        return case
    case.freeze_metadata()  # or what holds bytes would count as forbidden
    body: dict[str, Any] = case.body
    as_json = case.media_type == "application/json"
    lists = {name: json.loads(TEXTS[name]) for name in ("ignore", "points")}
    right = lists if as_json else {**PICTURES, **TEXTS}
    body.update({name: value for name, value in right.items() if name in body})
    if body.get("finder") == "gradient":
        body["finder"] = "difference"
    if "analyses" in body:
        body["analyses"] = ["pixel"] if isinstance(body["analyses"], list) else "pixel"
    return case
