import numpy as np
import pytest

from training.scenes.text import OUTLINE_FONT, paragraph, put, word, words, write


@pytest.mark.parametrize("font", range(OUTLINE_FONT + 1))
def test_text_is_written_on_its_base_line(font: int) -> None:
    canvas = np.full((60, 160, 3), 255, np.uint8)
    put(canvas, "HEM", (10, 40), 14, (0, 0, 0), font)
    ys, xs = np.nonzero(canvas[..., 0] < 128)
    assert 36 <= ys.max() <= 44
    assert 8 <= ys.max() - ys.min() <= 24
    assert 8 <= xs.min() <= 16


@pytest.mark.parametrize("at", [(-20, 10), (150, 20), (300, 300), (5, -9)])
def test_text_may_leave_the_canvas(at: tuple[int, int]) -> None:
    canvas = np.full((40, 160, 3), 255, np.uint8)
    for font in range(OUTLINE_FONT + 1):
        put(canvas, "Figure 12", at, 12, (0, 0, 0), font)
    assert canvas.shape == (40, 160, 3)


def test_a_paragraph_has_lines_below_each_other() -> None:
    canvas = np.full((160, 160, 3), 255, np.uint8)
    below = paragraph(canvas, (4, 0, 4), 8, (0, 0, 0), np.random.default_rng(0))
    assert 50 < below < 90
    assert (canvas[below + 6 :] == 255).all()


def test_words_are_repeatable_and_vary() -> None:
    assert words(5, np.random.default_rng(1)) == words(5, np.random.default_rng(1))
    assert len({word(np.random.default_rng(seed)) for seed in range(50)}) > 25


def test_writing_anywhere_leaves_ink() -> None:
    inked = 0
    for seed in range(10):
        canvas = np.full((160, 160, 3), 128, np.uint8)
        write(canvas, np.random.default_rng(seed))
        inked += bool((canvas != 128).any())
    assert inked >= 7
