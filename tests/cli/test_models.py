"""The weights, with a real server to fetch them from."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import pull
from app.cli import cli
from app.weights import Weights, model_dir
from tests.hub import COMPRESSED, hub, packed


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    return CliRunner()


def run(runner: CliRunner, command: str, root: str = "http://hub.test") -> Result:
    handles = {"CLASSIFICATION_HANDLES": [f"{root}/c1", f"{root}/c2"], "FEATURE_HANDLES": [f"{root}/f"]}
    env = {name: json.dumps(value) for name, value in handles.items()}
    return runner.invoke(cli, ["models", command], env=env, catch_exceptions=False)


def test_pull_fetches_all_and_status_tells(
    runner: CliRunner, small_weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = small_weights
    answers = {
        f"/c2{COMPRESSED}": packed(model_dir(small.classification_handles[0], small.cache_dir)),
        f"/f{COMPRESSED}": packed(model_dir(small.feature_handles[0], small.cache_dir)),
        "/labels": (small.cache_dir / "ImageNetLabels.txt").read_bytes(),
    }
    with hub(answers) as root:
        monkeypatch.setattr(pull.pull_labels, "__defaults__", (f"{root}/labels", 20.0))
        pulled = run(runner, "pull", root)
        told = run(runner, "status", root)
    assert pulled.exit_code == 0, pulled.stderr
    assert pulled.stdout.splitlines()[-1] == f"The MobileNet weights are in {tmp_path / 'tfhub'}."
    assert "classifier: 100% of 0." in pulled.stdout
    assert pulled.stderr == ""
    assert told.exit_code == 0
    assert f"classifier    {root}/c2" in told.stdout
    assert "missing" not in told.stdout
    # All there: without the server it is as good.
    assert run(runner, "pull", root).exit_code == 0


def test_pull_that_fails_says_why_on_one_line(runner: CliRunner) -> None:
    with hub({f"/c1{COMPRESSED}": 403}) as root:
        result = run(runner, "pull", root)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: cannot fetch the MobileNet weights: {root}/c1: the server answered 403 Forbidden; ")


def test_status_without_weights(runner: CliRunner) -> None:
    result = run(runner, "status")
    assert result.exit_code == 1
    assert result.stdout.count("missing") == 3
    assert "`python -m app models pull`" in result.stderr


def test_it_runs_as_a_module() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "app", "models", "--help"], capture_output=True, text=True, check=True
    )
    assert "pull" in result.stdout
