"""The command `models`, with a real server for the weights."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.vision.networks import efficientnet_lite0
from app.vision.networks.weights import Weights, model_dir
from tests.hub import COMPRESSED, hub, packed


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    return CliRunner()


def run(runner: CliRunner, command: str, root: str = "http://hub.test", *options: str) -> Result:
    handles = {"CLASSIFICATION_HANDLES": [f"{root}/c1", f"{root}/c2"], "FEATURE_HANDLES": [f"{root}/f"]}
    env = {name: json.dumps(value) for name, value in handles.items()}
    return runner.invoke(cli, ["models", command, *options], env=env, catch_exceptions=False)


def test_pull_fetches_all_and_status_reports_it(
    runner: CliRunner, small_weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = small_weights
    monkeypatch.setenv("CLASSIFICATION_SHA256", small.classification_sha256)
    monkeypatch.setenv("FEATURE_SHA256", small.feature_sha256)
    answers = {
        f"/c2{COMPRESSED}": packed(model_dir(small.classification_handles[0], small.cache_dir)),
        f"/f{COMPRESSED}": packed(model_dir(small.feature_handles[0], small.cache_dir)),
    }
    with hub(answers) as root:
        pulled = run(runner, "pull", root, "--within", "10")
        reported = run(runner, "status", root)
    assert pulled.exit_code == 0, pulled.stderr
    assert pulled.stdout == f"The MobileNet weights are in {tmp_path / 'tfhub'}.\n"
    assert pulled.stderr == ""
    assert reported.exit_code == 0
    assert "in use        MobileNet V2" in reported.stdout
    assert f"classifier    {root}/c2" in reported.stdout
    assert "missing" not in reported.stdout
    # All weights are here, so the server is not needed.
    assert run(runner, "pull", root).exit_code == 0
    assert run(runner, "pull", root, "--within", "0.1").stdout == pulled.stdout


def test_a_failed_pull_is_one_line(runner: CliRunner) -> None:
    with hub({f"/c1{COMPRESSED}": 403}) as root:
        result = run(runner, "pull", root)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: cannot fetch the MobileNet weights: {root}/c1: the server answered 403 Forbidden; ")


@pytest.mark.parametrize("answer", [403, None])
def test_an_unreachable_hub_is_one_line_within_the_time(answer: int | None, runner: CliRunner) -> None:
    with hub({f"/{name}{COMPRESSED}": answer for name in ("c1", "c2", "f")}) as root:
        began = time.monotonic()
        result = run(runner, "pull", root, "--within", "0.5")
        assert time.monotonic() - began < 2
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "No MobileNet weights: no model hub answered within 0.5 s. "
        "EfficientNet-Lite0, which came with the packages, measures embeddings and classes.\n"
    )


def test_what_a_hub_sends_instead_of_the_published_weights_is_refused(
    runner: CliRunner, small_weights: Weights
) -> None:
    other = packed(model_dir(small_weights.classification_handles[0], small_weights.cache_dir))
    with hub({f"/c1{COMPRESSED}": other}) as root:
        result = run(runner, "pull", root)
        status = run(runner, "status", root)
    assert result.exit_code == 1
    assert f"{root}/c1: this is another model, with the SHA-256 {small_weights.classification_sha256} " in result.stderr
    assert status.stdout.count("missing") == 2


def test_status_without_weights(runner: CliRunner) -> None:
    result = run(runner, "status")
    assert result.exit_code == 0
    assert "in use        EfficientNet-Lite0" in result.stdout
    assert result.stdout.count("missing") == 2


def test_without_any_network_status_fails_and_pull_says_so(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    result = run(runner, "status")
    assert result.exit_code == 1
    assert "in use        none" in result.stdout
    assert result.stderr == f"Error: {efficientnet_lite0.MISSING}\n"
    with hub({}) as root:
        output = run(runner, "pull", root, "--within", "0.5").stdout
        assert output.endswith(f"within 0.5 s. {efficientnet_lite0.MISSING}\n")


def test_it_runs_as_a_module() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "app", "models", "--help"], capture_output=True, text=True, check=True
    )
    assert "pull" in result.stdout
