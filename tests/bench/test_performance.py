"""The command on small pairs, with a real server; and what its client does."""

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import bench.service
from bench import outcome, pairs, performance
from bench.competitors import Competitor, CompetitorMissing
from bench.peak_memory import resident
from bench.service import Service, ServiceFailed, serving, warm_up

A, B = pairs.photo(160, 120)
SUCCEEDS = (sys.executable, "-c", "")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFHUB_CACHE_DIR", str(tmp_path_factory.mktemp("tfhub")))
        with serving() as service:
            yield service


@pytest.fixture
def small(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pairs, small batches, one server for all, and peers that need no network."""
    monkeypatch.setattr(pairs, "DRAWN", {"photo": partial(pairs.photo, 160, 120)})
    monkeypatch.setattr(pairs, "PAGE", {"page": partial(pairs.page, 200, 300)})
    monkeypatch.setattr(performance, "BATCH", 2)
    monkeypatch.setattr(performance, "WARM_ROUNDS", 1)
    monkeypatch.setattr(performance, "serving", partial(nullcontext, service))
    peers = [Competitor("odiff", SUCCEEDS, (0,), png=False), Competitor("pixelmatch", SUCCEEDS, (0,), png=True)]
    monkeypatch.setattr(performance, "install", lambda: peers)


@pytest.mark.usefixtures("small")
def test_every_row_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    performance.main(["--repeat", "1", "--soak", "2", "--markdown"])
    printed = capsys.readouterr().out
    assert "--repeat 1 --soak 2`" in printed
    ways = [*outcome.SERVICE, outcome.RECIPE, outcome.RECIPE_WARM, "odiff", "pixelmatch"]
    for name in ("photo", "page"):
        table = printed.split(f"### {name}\n\n")[1].split("\n\n")[0].splitlines()
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
        assert [row[0].removesuffix(", on PNG of them") for row in rows] == ways
        assert all(float(cell) > 0 for row in rows for cell in (row[1].replace(",", ""), row[3], row[4]))
        assert float(rows[5][5]) > 40  # Python with OpenCV and scikit-image
        steps = printed.split(f"### Steps: {name}\n\n")[1].split("\n\n")[0]
        assert all(f"| {step} |" in steps for step in ("decode", "align", "regions", "mobilenet", "draw", "total"))
    assert "| pixelmatch, on PNG of them |" in printed.split("### page")[0]
    assert "| peak of the first 2 evaluations in a row |" in printed


@pytest.mark.usefixtures("small")
def test_without_peers_it_says_why(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> list[Competitor]:
        raise CompetitorMissing("node and npm are not installed")

    monkeypatch.setattr(performance, "install", missing)
    monkeypatch.setattr(performance, "everything", lambda *_: outcome.Outcome([1], [], outcome.Load(4, 1, 2), None))
    performance.main([])
    assert "odiff and pixelmatch were not measured: node and npm are not installed" in capsys.readouterr().out


def test_ways_run_in_turn_and_one_that_cannot_is_left_out() -> None:
    order = []

    def take(name: str) -> outcome.Take:
        order.append(name)
        if name == "broken":
            raise ServiceFailed("too large")
        return outcome.Take(len(order))

    takes, missing = performance.in_turn({name: partial(take, name) for name in ("one", "broken", "two")}, 2)
    assert order == ["one", "broken", "two", "one", "two", "one", "two"]
    assert [take.seconds for take in takes["one"]] == [4, 6]
    assert missing == {"broken": "too large"}


def test_what_is_asked_again_is_evaluated_again(service: Service) -> None:
    first, second = (service.evaluate(A, A).report for _ in range(2))
    assert first["verdict"]["kind"] == second["verdict"]["kind"] == "identical"
    assert first["a"]["sha256"] == first["b"]["sha256"] != second["a"]["sha256"]


def test_an_answer_that_is_stored_has_no_steps(service: Service) -> None:
    take = performance.ask(service, A, A, again=True, analyses="pixel")
    assert 0 < take.seconds < 5
    assert take.steps == {}


def test_the_second_answer_is_the_stored_one(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[bytes] = []

    def request(*sent: Any) -> tuple[int, bytes, str]:
        answered = send(*sent)
        answers.append(answered[1])
        return answered

    send = bench.service._request
    monkeypatch.setattr(bench.service, "_request", request)
    service.evaluate(A, A, again=True, analyses="pixel")
    first, second = (json.loads(answer)["timings"] for answer in answers[:2])
    assert first == second, "another evaluation would have taken another time"


def test_the_service_lacks_nothing_and_refuses_what_is_wrong(service: Service) -> None:
    assert warm_up(service) == {}
    assert service.started > 0
    with pytest.raises(ServiceFailed, match="analyses: must be"):
        service.evaluate(A, B, analyses="none")


def test_a_take_has_the_memory_of_the_whole_service(service: Service) -> None:
    take = performance.ask(service, A, B, fresh="true")
    assert take.memory is not None
    assert take.memory > resident(service.pid) * 0.9
    assert take.memory > 200_000_000  # the processes for pictures are in it
    assert take.steps["total"] < take.seconds * 1000


@pytest.mark.usefixtures("small")
def test_pairs_of_a_folder_take_the_place_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for side, data in zip("ab", (A, B), strict=True):
        (tmp_path / f"mine_{side}.jpg").write_bytes(data)
    monkeypatch.setattr(performance, "measure", lambda pair, *_: outcome.Measured(pair.name, 0, {}, {}))
    measured = performance.everything(tmp_path, 1, 0, []).pairs
    assert [pair.name for pair in measured] == ["photo", "mine, 0.0192 MP JPEG"]


@pytest.mark.parametrize(("option", "value"), [("--pairs", "."), ("--repeat", "0")])
def test_what_cannot_be_measured_is_refused_first(
    option: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        performance.main([option, value])
    assert "FOLDER has no NAME_a.png" in (reported := capsys.readouterr().err) or "--repeat is 1 or more" in reported
