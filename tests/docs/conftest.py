"""A real server, and a folder with the two pictures that the documentation speaks of."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from docs.draw_example import harbour
from tests.docs.busy import Busy
from tests.pictures import changed_scene, png, scene
from tests.serving import serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server. It has no weights, whatever lies beside the checkout, and so starts at once."""
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, TFHUB_CACHE_DIR=str(folder / "tfhub")) as address:
        yield address


@pytest.fixture
def busy(server: str) -> Iterator[Busy]:
    """The same server, but the first thing that it is sent is refused: there is too much to do."""
    with Busy(server) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def drawn() -> dict[str, bytes]:
    """The example of the front page as PNG files, drawn once."""
    return {
        name: cv2.imencode(".png", harbour(changed))[1].tobytes()
        for name, changed in (("before.png", False), ("after.png", True))
    }


@pytest.fixture
def harbours(tmp_path: Path, drawn: dict[str, bytes]) -> Path:
    """A folder with before.png and after.png: the example of the front page."""
    for name, data in drawn.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A folder with before.png and after.png: small ones, which are quickly compared."""
    (tmp_path / "before.png").write_bytes(png(scene()))
    (tmp_path / "after.png").write_bytes(png(changed_scene()))
    return tmp_path
