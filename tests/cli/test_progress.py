import io
import time

import pytest
from click.exceptions import Exit

from app.cli.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The current time, which a test advances."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def steps(shown: Progress, seconds: list[float], count: int, took: float, worked: bool = True) -> None:
    for _ in range(count):
        seconds[0] += took
        shown.step(worked, "1 changed")


def test_on_a_terminal_one_line_changes_and_is_cleared(seconds: list[float]) -> None:
    stream = Terminal()
    shown = Progress(1200, "pairs", stream=stream)
    steps(shown, seconds, 2, 30)
    shown.clear()
    first, second, last = stream.getvalue().split("\r\x1b[K")[1:]
    assert first == "1 of 1,200 pairs, 1 changed, about 10 h 0 min left"
    assert second == "2 of 1,200 pairs, 1 changed, about 9 h 59 min left"
    assert last == ""


def test_elsewhere_lines_are_printed_at_intervals(seconds: list[float]) -> None:
    stream = io.StringIO()
    shown = Progress(100, "pairs", stream=stream)
    steps(shown, seconds, 30, 1)
    shown.clear()
    assert stream.getvalue().splitlines() == [
        "11 of 100 pairs, 1 changed, about 1 min left",
        "22 of 100 pairs, 1 changed, about 1 min left",
    ]


def test_an_interruption_is_described_in_one_line(seconds: list[float]) -> None:
    stream = io.StringIO()

    def interrupted() -> None:
        with Progress(1200, "pairs", quiet=True, stream=stream) as shown:
            steps(shown, seconds, 3, 30)
            raise KeyboardInterrupt

    with pytest.raises(Exit) as ended:
        interrupted()
    assert ended.value.exit_code == 130
    assert stream.getvalue() == "Interrupted with 3 of 1,200 pairs done; the same command continues.\n"


def test_several_items_are_counted_at_once(seconds: list[float]) -> None:
    stream = io.StringIO()
    shown = Progress(1_000_000, "bytes", stream=stream)
    seconds[0] += 20
    shown.step(True, count=250_000)
    assert stream.getvalue() == "250,000 of 1,000,000 bytes, about 1 min left\n"


def test_known_items_do_not_affect_the_estimate(seconds: list[float]) -> None:
    stream = Terminal()
    shown = Progress(100, "pairs", stream=stream)
    steps(shown, seconds, 50, 0, worked=False)
    steps(shown, seconds, 10, 2)
    assert stream.getvalue().endswith("60 of 100 pairs, 1 changed, about 1 min left")


def test_quiet_prints_nothing(seconds: list[float]) -> None:
    stream = Terminal()
    shown = Progress(10, "pairs", quiet=True, stream=stream)
    steps(shown, seconds, 10, 5)
    shown.clear()
    assert stream.getvalue() == ""
    assert shown.done == 10


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.7, "1 min"), (75, "1 min"), (3599, "1 h 0 min"), (4000, "1 h 7 min")],
)
def test_durations(value: float, words: str) -> None:
    assert duration(value) == words
