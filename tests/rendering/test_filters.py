from datetime import UTC, datetime

import pytest

from app.rendering.filters import day, heat_colours, number, prose, share, size


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (99_600, "100 kB"), (5e9, "5.0 GB")],
)
def test_size(count: int, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 %"), (1, "100 %"), (0.98204, "98.20 %"), (0.99999, "over 99.99 %"), (0.00001, "under 0.01 %")],
)
def test_only_exact_shares_read_as_0_or_100_percent(value: float, words: str) -> None:
    assert share(value) == words


def test_number() -> None:
    assert number(1234567) == "1,234,567"
    assert number(3.14159) == "3.142"
    assert number(3.14159, 1) == "3.1"
    assert number(None) == "–"


def test_day() -> None:
    assert day(datetime(2026, 3, 4, 5, 6, tzinfo=UTC)) == "4 March 2026, 05:06 UTC"


def test_the_legend_runs_from_dark_to_bright() -> None:
    colours = heat_colours(5)
    light = [sum(bytes.fromhex(colour[1:])) for colour in colours]
    assert len(colours) == 5
    assert light == sorted(light)


def test_prose_is_escaped_and_shows_code() -> None:
    assert prose("Run `a <b>` & wait.") == "Run <code>a &lt;b&gt;</code> &amp; wait."
