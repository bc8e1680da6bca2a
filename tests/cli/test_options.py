"""The options of a comparison are those of the API, and so is what is said of wrong ones."""

import click
import pytest
from click.testing import CliRunner, Result

from app.cli.options import comparison_options, reached
from app.evaluation.report import VerdictKind
from app.evaluation.request import EvaluationRequest, parse_request
from app.vision.options import Pixelwise
from app.vision.region import Box


def asked(*arguments: str) -> tuple[Result, EvaluationRequest | None]:
    """What the command is handed."""
    handed: list[EvaluationRequest] = []

    @click.command()
    @comparison_options
    def command(request: EvaluationRequest) -> None:
        handed.append(request)

    result = CliRunner().invoke(command, list(arguments))
    return result, handed[0] if handed else None


def test_without_options_the_request_is_the_default() -> None:
    assert asked()[1] == EvaluationRequest()


def test_every_option_of_the_api_but_fresh_is_there() -> None:
    reported = asked("--help")[0].stdout
    assert {name for name in EvaluationRequest.model_fields if f"--{name}" in reported} == set(
        EvaluationRequest.model_fields
    ) - {"fresh"}
    for words in (
        "[auto|off]",
        "[default: 0.1]",
        "pixelmatch defines it",
        "[true|false]",
        "[default: false]",
        '{"distance": 60, "reach": 8,',
    ):
        assert words in " ".join(reported.split())


def test_options_reach_the_request() -> None:
    _, request = asked(
        "--align", "off", "--threshold", "0.3", "--analyses", "ssim, pixel", "--pixelwise", '{"reach": 5}'
    )
    assert request == EvaluationRequest(
        align="off", threshold=0.3, analyses=("pixel", "ssim"), pixelwise=Pixelwise(reach=5)
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--ignore", "1,2,3,4", "--ignore", "5, 6, 7, 8"),
        ("--ignore", '[{"x":1,"y":2,"width":3,"height":4}, {"x":5,"y":6,"width":7,"height":8}]'),
    ],
)
def test_boxes_are_written_one_by_one_or_as_a_list(arguments: tuple[str, ...]) -> None:
    assert asked(*arguments)[1] == EvaluationRequest(ignore=(Box(1, 2, 3, 4), Box(5, 6, 7, 8)))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--points", "1,2,3,4", "--points", "50, 60.5, 70, 80"),
        ("--points", "[[1, 2, 3, 4], [50, 60.5, 70, 80]]"),
    ],
)
def test_points_are_written_one_by_one_or_as_a_list(arguments: tuple[str, ...]) -> None:
    assert asked(*arguments)[1] == EvaluationRequest(points=((1, 2, 3, 4), (50, 60.5, 70, 80)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("align", "sideways"),
        ("threshold", "2"),
        ("threshold", ""),
        ("analyses", "pixel,smell"),
        ("finder", "eyes"),
        ("allow_pixels", "-1"),
        ("allow_tone", "256"),
        ("allow_shift", "far"),
        ("allow_smoothing", "yes"),
        ("spotter", "{"),
        ("spotter", '{"quantile": 3, "colour": 1}'),
        ("ignore", "[1"),
        ("points", "[[1"),
        ("points", "1,2,3,4"),
        ("points", "1,2,3\n5,6,7,here"),
    ],
)
def test_a_wrong_value_is_reported_as_the_api_reports_it(name: str, value: str) -> None:
    result, request = asked(f"--{name}", value)
    with pytest.raises(Exception, match=f"^{name}") as reported:
        parse_request({name: value})
    assert result.exit_code == 2
    assert result.stderr == f"Error: {reported.value}\n"
    assert request is None


def test_boxes_may_have_fractions_and_begin_beyond_the_edge() -> None:
    assert asked("--ignore", "1.5,2,3,4", "--ignore=-3,-2,10,4")[1] == EvaluationRequest(
        ignore=(Box(1, 2, 4, 4), Box(0, 0, 7, 2))
    )


def test_tolerances_are_written_with_hyphens_or_as_the_api_names_them() -> None:
    request = EvaluationRequest(allow_pixels=5, allow_share=0.1, allow_shift=2, allow_smoothing=True, min_size=3)
    values = ("5", "0.1", "2", "true", "3")
    for separator in "-_":
        names = (
            f"--{name.replace('_', separator)}"
            for name in ("allow_pixels", "allow_share", "allow_shift", "allow_smoothing", "min_size")
        )
        arguments = [argument for pair in zip(names, values, strict=True) for argument in pair]
        assert asked(*arguments)[1] == request


@pytest.mark.parametrize("value", ["1,2,3", "1,2,3,4,5", "", "here"])
def test_what_is_no_box_is_reported(value: str) -> None:
    result, _ = asked("--ignore", "1,2,3,4", "--ignore", value)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ignore: must be X,Y,WIDTH,HEIGHT")


def test_a_wrong_number_in_a_box_is_named() -> None:
    assert "ignore[1].width: must be greater than 0." in asked("--ignore", "1,2,3,4", "--ignore", "1,2,0,4")[0].stderr


@pytest.mark.parametrize(
    ("verdict", "limits"),
    [
        ("identical", set()),
        ("same", {"same"}),
        ("changed", {"same", "changed"}),
        ("different", {"same", "changed", "different"}),
    ],
)
def test_a_verdict_reaches_itself_and_all_that_is_less(verdict: VerdictKind, limits: set[VerdictKind]) -> None:
    kinds: list[VerdictKind] = ["same", "changed", "different"]
    assert {limit for limit in kinds if reached(verdict, limit)} == limits
    assert not reached(verdict, None)
