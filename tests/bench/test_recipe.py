from pathlib import Path

import numpy as np
import pytest

from bench.recipe import NotComparable, changed_boxes, timed
from tests.bench.conftest import BOX, with_box
from tests.pictures import png, scene


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "a.png", tmp_path / "b.png"
    for path, picture in zip(paths, (scene(), with_box(*BOX)), strict=True):
        path.write_bytes(png(picture))
    return paths


def test_it_finds_what_changed(files: tuple[Path, Path]) -> None:
    x, y, width, height = max(changed_boxes(*files), key=lambda box: box[2] * box[3])
    assert np.allclose((x, y, x + width, y + height), (150, 20, 210, 60), atol=4)  # half the window of its SSIM and one


def test_it_takes_time(files: tuple[Path, Path]) -> None:
    assert 0 < timed(*files) < 10


def test_it_says_what_it_cannot_compare(files: tuple[Path, Path], tmp_path: Path) -> None:
    small = tmp_path / "small.png"
    small.write_bytes(png(scene(120, 80)))
    with pytest.raises(NotComparable, match="differ in size"):
        changed_boxes(files[0], small)
    small.write_bytes(b"no picture")
    with pytest.raises(NotComparable, match=r"small\.png cannot be read"):
        changed_boxes(small, files[0])
