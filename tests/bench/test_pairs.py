import io
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.pairs import SECTION, Pair, commented, find, lay_out, page, photo


def read(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture)


@pytest.mark.parametrize("data", [page(320, 100)[0], photo(320, 240)[0]], ids=["png", "jpeg"])
def test_a_comment_changes_the_file_and_no_pixel(data: bytes) -> None:
    files = [data, commented(data, "one"), commented(data, "two")]
    assert len(set(files)) == 3
    assert all((read(file) == read(data)).all() for file in files)
    with Image.open(io.BytesIO(files[1])) as picture:
        assert "one" in str(picture.info)


def test_a_page_changes_in_every_fourth_section() -> None:
    a, b = map(read, page(640, 6 * SECTION + 8))
    assert a.shape == (6 * SECTION + 8, 640, 4)
    changed = [bool((a[top : top + SECTION] != b[top : top + SECTION]).any()) for top in range(0, len(a), SECTION)]
    assert changed == [False, True, False, False, False, True, False]


def test_a_photograph_changes_in_the_middle() -> None:
    a, b = (read(file).astype(int) for file in photo(320, 240))
    assert a.shape == (240, 320, 3)
    assert np.abs(a - b)[120, 160].max() > 60
    assert np.abs(a - b)[:80].max() < 10


def test_pairs_are_found_by_their_names(tmp_path: Path) -> None:
    files = dict(zip(("shop_a.png", "shop_b.png"), page(1000, 500), strict=True))
    files |= dict(zip(("cat_a.jpg", "cat_b.jpg"), photo(320, 240), strict=True))
    for name, data in {**files, "alone_a.png": b"", "notes_a.txt": b"", "notes_b.txt": b""}.items():
        (tmp_path / name).write_bytes(data)
    assert list(find(tmp_path)) == [
        Pair("cat, 0.0768 MP JPEG", tmp_path / "cat_a.jpg", tmp_path / "cat_b.jpg"),
        Pair("shop, 0.5 MP PNG", tmp_path / "shop_a.png", tmp_path / "shop_b.png"),
    ]


def test_what_is_laid_out_later_takes_no_place(tmp_path: Path) -> None:
    sizes = {"small": (160, 120), "large": (320, 240)}
    first = lay_out({name: partial(photo, *size) for name, size in sizes.items()}, tmp_path)
    again = lay_out({"page": partial(page, 640, 480)}, tmp_path)
    assert [pair.name for pair in first + again] == ["small", "large", "page"]
    shapes = [read(path.read_bytes()).shape for pair in first + again for path in (pair.a, pair.b)]
    assert shapes == [(120, 160, 3)] * 2 + [(240, 320, 3)] * 2 + [(480, 640, 4)] * 2
