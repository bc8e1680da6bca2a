from typing import Any

import pytest

from app.request import InvalidOptions, Request, parse_request
from app.vision.analyses import ANALYSES, DEFAULT
from app.vision.region import Box


def test_defaults() -> None:
    request = parse_request({})
    assert request.analyses == DEFAULT
    assert (request.align, request.threshold, request.ignore, request.fresh) == ("auto", 0.1, (), False)


def test_every_finder_runs_only_for_who_asks() -> None:
    assert set(ANALYSES) - set(DEFAULT) == {"methods"}
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
        ({"ignore": "everything"}, ["ignore", "JSON list"]),
        ({"ignore": "[" * 100_000}, ["ignore"]),
        ({"ignore": [{"x": 0, "y": 0, "width": 0, "height": 1}]}, ["ignore.0.width", "greater than 0"]),
        ({"ignore": [{"x": -1, "y": 0, "width": 1, "height": 1}]}, ["ignore.0.x"]),
        ({"ignore": [{"x": 10**30, "y": 0, "width": 1, "height": 1}]}, ["ignore.0.x"]),
        ({"ignore": [{"x": 0, "y": 0, "width": 1, "height": 1}] * 1001}, ["ignore", "1000"]),
        ({"ignore": '{"x": 1}'}, ["ignore", "JSON list"]),
        ({"ignore": None}, ["ignore", "JSON list"]),
        ({"ignore": [{"x": 0, "y": 0, "width": 1, "height": 1, "depth": 1}]}, ["ignore.0.depth", "width and height"]),
        ({"fresh": "perhaps"}, ["fresh"]),
        ({"colour": "red"}, ["colour", "threshold"]),
        ({"finder": "magic"}, ["finder", "'combined', 'pixelwise'"]),
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


def test_the_key_is_that_of_the_question() -> None:
    key = Request().key("a", "b", "1")
    assert key == Request(fresh=True).key("a", "b", "1"), "asking again is the same question"
    assert key == Request(analyses=tuple(reversed(DEFAULT))).key("a", "b", "1")
    others = [
        Request().key("b", "a", "1"),
        Request().key("a", "b", "2"),
        Request(threshold=0.2).key("a", "b", "1"),
        Request(ignore=(Box(0, 0, 1, 1),)).key("a", "b", "1"),
        Request(analyses=("pixel",)).key("a", "b", "1"),
    ]
    assert len({key, *others}) == 6


def test_settings_of_a_finder_are_text_in_a_form_and_an_object_in_json() -> None:
    form = parse_request({"finder": "spotter", "spotter": '{"quantile": 0.9}', "gradient": ""})
    assert form == parse_request({"finder": "spotter", "spotter": {"quantile": 0.9}})
    assert (form.spotter.quantile, form.spotter.count) == (0.9, 15)
    assert form.key("a", "b", "c") != parse_request({"finder": "spotter"}).key("a", "b", "c")
