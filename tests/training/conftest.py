from pathlib import Path

import cv2
import pytest

from tests.pictures import textured


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twenty textures, in two folders."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "more").mkdir()
    picture = textured(640, 480)
    for number in range(20):
        x, y = 17 * number, 11 * number
        name = f"more/{number:02d}.png" if number % 2 else f"{number:02d}.JPG"
        cv2.imwrite(str(folder / name), picture[y : y + 200, x : x + 240])
    return folder
