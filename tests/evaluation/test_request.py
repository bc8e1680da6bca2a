import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from app.evaluation.request import EvaluationRequest, InvalidOptions, parse_json, parse_request
from app.vision.analyses import ANALYSES, default_analyses
from app.vision.region import Box

NUMBERS = {
    "min_size": 10**9,
    "allow_pixels": 10**9,
    "allow_share": 1,
    "allow_window": 256,
    "allow_shift": 32,
    "allow_tone": 255,
}


def test_defaults() -> None:
    request = parse_request({})
    assert request.analyses == default_analyses()
    assert (request.align, request.threshold, request.ignore, request.fresh) == ("auto", 0.1, (), False)


def test_every_finder_runs_only_for_who_asks() -> None:
    assert set(ANALYSES) - set(default_analyses()) == {"methods"}
    assert parse_request({"analyses": "methods"}).analyses == ("methods",)


def test_a_form_and_json_mean_the_same() -> None:
    form = {
        "analyses": "ssim, pixel",
        "align": "off",
        "threshold": "0.2",
        "ignore": '[{"x": 1, "y": 2, "width": 3, "height": 4}]',
        "fresh": "true",
    }
    json = {
        "analyses": ["ssim", "pixel"],
        "align": "off",
        "threshold": 0.2,
        "ignore": [{"x": 1, "y": 2, "width": 3, "height": 4}],
        "fresh": True,
    }
    assert parse_request(dict(form)) == parse_request(json)
    assert parse_request(json).ignore == (Box(1, 2, 3, 4),)
    assert parse_request({"ignore": ""}).ignore == ()
    assert parse_request({"fresh": "True"}).fresh


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("sent", "box"),
    [
        ([1, 2, 3, 4], Box(1, 2, 3, 4)),
        ({"x": 1.5, "y": 2, "width": 3, "height": 4.2}, Box(1, 2, 4, 5)),
        ([-3.5, -2, 10, 4], Box(0, 0, 7, 2)),
        ([999_990, 0, 100, 1], Box(999_990, 0, 10, 1)),
        ([0.1, 0.1, 2.9, 0.2], Box(0, 0, 3, 1)),
    ],
)
def test_boxes_are_rounded_outwards_and_cut(sent: Any, box: Box, as_json: bool) -> None:
    fields = {"ignore": [sent]}
    request = parse_json(json.dumps(fields).encode()) if as_json else parse_request({"ignore": json.dumps([sent])})
    assert request.ignore == (box,)
    assert parse_json(request.model_dump_json(include={"ignore"}).encode()) == request, "it can be sent again"


def test_a_box_left_of_the_picture_covers_nothing() -> None:
    assert parse_request({"ignore": [[-5, 0, 5, 5], [0, -9.5, 4, 2], [0, 0, 1, 1]]}).ignore == (Box(0, 0, 1, 1),)


def test_tolerances_are_off_by_default_and_read_from_text() -> None:
    assert not any(getattr(parse_request({}), name) for name in (*NUMBERS, "allow_smoothing"))
    form = parse_request({**{name: str(most) for name, most in NUMBERS.items()}, "allow_smoothing": "true"})
    assert form == parse_json(json.dumps({**NUMBERS, "allow_smoothing": True}).encode())
    assert {name: getattr(form, name) for name in NUMBERS} == NUMBERS


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"analyses": "pixel,magic"}, ["analyses", "pixel, ssim"]),
        ({"analyses": ""}, ["analyses", "one or more of"]),
        ({"analyses": {"pixel": 1}}, ["analyses"]),
        ({"analyses": [["pixel"]]}, ["analyses"]),
        ({"align": "maybe"}, ["align", "'auto' or 'off'"]),
        ({"threshold": "1.5"}, ["threshold", "less than or equal to 1"]),
        ({"threshold": "-0.1"}, ["threshold", "greater than or equal to 0"]),
        ({"threshold": "nan"}, ["threshold"]),
        ({"threshold": "high"}, ["threshold", "number"]),
        ({"ignore": "everything"}, ["ignore: must be a list of boxes"]),
        ({"ignore": "[" * 100_000}, ["ignore"]),
        ({"ignore": [{"x": 0, "y": 0, "width": 0, "height": 1}]}, ["ignore[0].width: must be greater than 0"]),
        ({"ignore": [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, -2, 1]]}, ["ignore[2].width: must be greater than 0"]),
        ({"ignore": "[[1, 2, 3]]"}, ["ignore[0]: must be a box {x, y, width, height} or [x, y, width, height]"]),
        ({"ignore": "[null, true]"}, ["ignore[0]: must be a box", "ignore[1]: must be a box"]),
        ({"ignore": '[{"x": true, "y": "1", "width": null, "height": []}]'}, ["x: must be a valid number", "height: "]),
        ({"ignore": "[[NaN, 0, 1, 1], [0, Infinity, 1, 1]]"}, ["ignore[0].x: must be a finite", "ignore[1].y: "]),
        ({"ignore": [{"x": 10**30, "y": 0, "width": 1, "height": 1}]}, ["ignore[0].x"]),
        ({"ignore": [[10**400, 0, 1, 1]]}, ["ignore[0].x"]),
        ({"ignore": [{"x": 0, "y": 0, "width": 1, "height": 1}] * 1001}, ["ignore: must have at most 1000 items."]),
        ({"ignore": '{"x": 1}'}, ["ignore: must be a list of boxes"]),
        ({"ignore": None}, ["ignore: must be a list of boxes"]),
        (
            {"ignore": [{"x": 0, "y": 0, "width": 1, "height": 1, "depth": 1}]},
            ["ignore[0]: ", "width and height, and not 'depth'"],
        ),
        ({"ignore": [{"x": 0}]}, ["ignore[0].y: must be given"]),
        *(({name: -1}, [f"{name}: must be greater than or equal to 0"]) for name in NUMBERS),
        *(({name: most * 2}, [f"{name}: must be less than or equal to {most}"]) for name, most in NUMBERS.items()),
        *(({name: "many"}, [f"{name}: must be a valid"]) for name in NUMBERS),
        *(({name: None}, [f"{name}: must be a valid"]) for name in NUMBERS),
        ({"allow_pixels": "1.5"}, ["allow_pixels: must be a valid integer"]),
        ({"allow_smoothing": "1"}, ["allow_smoothing: must be true or false"]),
        ({"allow_smoothing": None}, ["allow_smoothing: must be true or false"]),
        ({"colour_distance": "lab"}, ["colour_distance: must be 'oklab' or 'yiq'"]),
        ({"fresh": "perhaps"}, ["fresh", "true or false"]),
        ({"fresh": "1"}, ["fresh", "true or false"]),
        ({"colour": "red"}, ["colour", "threshold"]),
        ({"finder": "magic"}, ["finder", "'combined', 'siamese'"]),
        ({"spotter": '{"quantile": 2}'}, ["spotter.quantile", "less than or equal to 1"]),
        ({"spotter": {"colour": 1}}, ["spotter.colour", "quantile, openings"]),
        ({"spotter": "[" * 100_000}, ["spotter", "JSON object"]),
        ({"pixelwise": "[]"}, ["pixelwise", "JSON object"]),
        ({"gradient": {"factor": float("nan")}}, ["gradient.factor", "finite"]),
    ],
)
def test_a_wrong_field_is_named_with_what_is_allowed(fields: dict[str, Any], names: list[str]) -> None:
    with pytest.raises(InvalidOptions) as error:
        parse_request(fields)
    assert all(name in str(error.value) for name in names), str(error.value)
    assert len(str(error.value)) < 500


def test_several_wrong_fields_are_all_named() -> None:
    with pytest.raises(InvalidOptions, match=r"align: .* threshold: "):
        parse_request({"align": "maybe", "threshold": 2})


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"ignore": [{}] * 40_000}, "ignore: must have at most 1000 items."),
        ({"points": [[1, 2, 3, 4]] * 40_000}, "points: must have two to four pairs of points"),
        ({"ignore": [{f"k{n}": 1 for n in range(20_000)}]}, "ignore[0]: must have only x, y, width and height"),
        ({f"k{n}": 1 for n in range(20_000)}, "The body must have at most 100 fields."),
        ({"spotter": {f"k{n}": 1 for n in range(20_000)}}, "spotter: must have at most 100 fields."),
    ],
)
def test_thousands_of_wrong_fields_are_one_error(fields: dict[str, Any], text: str, as_json: bool) -> None:
    """Pydantic would make an error of each, and hold the interpreter for seconds meanwhile."""
    with pytest.raises(InvalidOptions) as error:
        parse_json(json.dumps(fields).encode()) if as_json else parse_request(fields)
    assert isinstance(error.value.__context__, ValidationError)
    assert error.value.__context__.error_count() == 1
    assert str(error.value).startswith(text)


def test_the_first_errors_are_named_and_the_others_counted() -> None:
    with pytest.raises(InvalidOptions, match=r"ignore\[4\].height: must be given. And 3,980 more.$"):
        parse_request({"ignore": [{}] * 1000})


def test_the_key_is_that_of_the_question() -> None:
    key = EvaluationRequest().key("a", "b", "1")
    assert key == EvaluationRequest(fresh=True).key("a", "b", "1"), "asking again is the same question"
    assert key == EvaluationRequest(analyses=tuple(reversed(default_analyses()))).key("a", "b", "1")
    others = [
        EvaluationRequest().key("b", "a", "1"),
        EvaluationRequest().key("a", "b", "2"),
        EvaluationRequest(threshold=0.2).key("a", "b", "1"),
        EvaluationRequest(ignore=(Box(0, 0, 1, 1),)).key("a", "b", "1"),
        EvaluationRequest(analyses=("pixel",)).key("a", "b", "1"),
        EvaluationRequest(points=((0, 0, 0, 0), (9, 9, 9, 9))).key("a", "b", "1"),
        EvaluationRequest(allow_shift=1).key("a", "b", "1"),
    ]
    assert len({key, *others}) == 8


def test_settings_of_a_finder_are_text_in_a_form_and_an_object_in_json() -> None:
    form = parse_request({"finder": "spotter", "spotter": '{"quantile": 0.9}', "gradient": ""})
    assert form == parse_request({"finder": "spotter", "spotter": {"quantile": 0.9}})
    assert (form.spotter.quantile, form.spotter.count) == (0.9, 15)
    assert form.key("a", "b", "c") != parse_request({"finder": "spotter"}).key("a", "b", "c")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"threshold": "0.2"}, "threshold: must be a valid number."),
        ({"threshold": True}, "threshold: must be a valid number."),
        ({"fresh": 1}, "fresh: must be true or false."),
        ({"fresh": "true"}, "fresh: must be true or false."),
        ({"ignore": "[]"}, "ignore: must be a list of boxes {x, y, width, height} or [x, y, width, height]."),
        ({"ignore": [{"x": "1", "y": 1, "width": 1, "height": 1}]}, "ignore[0].x: must be a valid number."),
        ({"allow_smoothing": "true"}, "allow_smoothing: must be true or false."),
        ({"allow_pixels": "1"}, "allow_pixels: must be a valid integer."),
        ({"allow_pixels": True}, "allow_pixels: must be a valid integer."),
        ({"pixelwise": "{}"}, "pixelwise: must be a JSON object with the settings of this finder."),
        ({"pixelwise": {"reach": 1.5}}, "pixelwise.reach: must be a valid integer."),
        (["pixel"], "The body must be a JSON object with the options as its fields."),
        ({"": 1}, "'': there is no such option"),
    ],
)
def test_in_json_text_is_no_number_and_no_list(body: Any, words: str) -> None:
    with pytest.raises(InvalidOptions) as error:
        parse_json(json.dumps(body).encode())
    assert str(error.value).startswith(words)


def test_in_json_a_whole_number_may_have_a_point() -> None:
    box = {"x": 1.0, "y": 2, "width": 3e0, "height": 4}
    asked = parse_json(json.dumps({"ignore": [box], "pixelwise": {"reach": 3.0}, "threshold": 1}).encode())
    assert (asked.ignore, asked.pixelwise.reach, asked.threshold) == ((Box(1, 2, 3, 4),), 3, 1.0)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"a\xff": 1}', b'{"threshold": 0.1} {}'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidOptions, match="not valid JSON"):
        parse_json(body)


@pytest.mark.parametrize(
    "names", ["pixel", " ssim,pixel", "hash , orb", "pixel,", ",", "pixel ssim", "pixel\n", "pixel;"]
)
def test_names_are_what_their_pattern_says(names: str) -> None:
    pattern = EvaluationRequest.model_json_schema()["properties"]["analyses"]["anyOf"][0]["pattern"]
    try:
        parse_request({"analyses": names})
    except InvalidOptions:
        assert not re.search(pattern.replace("$", r"\Z"), names)
    else:
        assert re.search(pattern, names)
