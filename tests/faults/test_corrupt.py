"""What changed on the disk is noticed by its digest, reported, and not shown or used."""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests

from app.vision.networks.download import pull_model
from app.vision.networks.weights import model_dir
from tests.faults.server import Server, started
from tests.faults.stored import digest, picture
from tests.hub import COMPRESSED, archive, digest_of, hub
from tests.serving import ROOT

MODEL = archive((tarfile.TarInfo("saved_model.pb"), b"a model"))
MODEL_SHA256 = digest_of(b"a model")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def handles(folder: Path) -> Iterator[dict[str, str]]:
    """The settings that name two models, pulled, of which one is damaged thereafter."""
    with hub({f"/{name}{COMPRESSED}": MODEL for name in ("c", "f")}) as root:
        for name in ("c", "f"):
            pull_model((f"{root}/{name}",), MODEL_SHA256, folder / "tfhub", lambda _done, _total: None)
        flip(model_dir(f"{root}/f", folder / "tfhub") / "saved_model.pb")
        yield {
            "CLASSIFICATION_HANDLES": json.dumps([f"{root}/c"]),
            "FEATURE_HANDLES": json.dumps([f"{root}/f"]),
            "CLASSIFICATION_SHA256": MODEL_SHA256,
            "FEATURE_SHA256": MODEL_SHA256,
            "TFHUB_CACHE_DIR": str(folder / "tfhub"),
        }


@pytest.fixture(scope="module")
def server(folder: Path, handles: dict[str, str]) -> Iterator[Server]:
    with started(folder, **handles) as server:
        yield server


def flip(file: Path) -> None:
    """Change one bit in the middle."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def stored(folder: Path, name: str) -> Path:
    """Where a picture lies, by its digest."""
    return folder / "data" / "blobs" / name[:2] / name


def assert_damaged(answer: requests.Response) -> None:
    assert (answer.status_code, answer.json()["detail"]) == (503, "A stored picture is damaged.")


def test_a_changed_upload_is_not_compared_until_it_is_sent_again(server: Server, folder: Path) -> None:
    files = {side: picture(np.random.default_rng(ord(side))) for side in "ab"}
    pair = server.post("/api/v1/pairs", files=files).json()
    flip(stored(folder, digest(files["b"])))
    assert_damaged(server.post(pair["links"]["evaluate"], json={"analyses": "pixel"}))
    assert digest(files["b"]) in server.log.read_text()
    server.post("/api/v1/pairs", files=files).raise_for_status()
    assert server.post(pair["links"]["evaluate"], json={"analyses": "pixel"}).status_code == 200


@pytest.mark.parametrize("cut", [False, True])
def test_a_changed_picture_of_a_report_is_not_shown(server: Server, folder: Path, cut: bool) -> None:
    random = np.random.default_rng(10 + cut)
    files = {side: picture(random) for side in "ab"}
    report = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel"}).json()
    image = report["images"]["difference"]
    file = stored(folder, server.get(image).headers["ETag"].strip('"'))
    if cut:
        os.truncate(file, file.stat().st_size // 2)
    else:
        flip(file)
    assert_damaged(server.get(image))
    for address in ("page", "download", "sheet"):  # reported to people, too, or left out; never a bug
        assert server.get(report["links"][address]).status_code in (200, 503)


def test_a_missing_picture_is_our_fault_and_reported_until_it_is_sent_again(server: Server, folder: Path) -> None:
    files = {side: picture(np.random.default_rng(30 + ord(side))) for side in "ab"}
    report = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel"}).json()
    pair = server.get(report["links"]["pair"]).json()
    ask = {"analyses": "pixel", "fresh": True}
    lost = [digest(files["a"]), server.get(report["images"]["difference"]).headers["ETag"].strip('"')]
    for name in lost:
        stored(folder, name).unlink()
    for answer in (server.post(pair["links"]["evaluate"], json=ask), server.get(report["images"]["difference"])):
        assert (answer.status_code, answer.json()["detail"]) == (503, "A stored picture is missing from the disk.")
    for address in ("page", "download", "sheet"):
        assert server.get(report["links"][address]).status_code in (200, 503)
    assert all(f"{name} is missing" in server.log.read_text() for name in lost)
    server.post("/api/v1/pairs", files=files).raise_for_status()
    again = server.post(pair["links"]["evaluate"], json=ask).json()
    for one in (again, report):  # drawn anew, it is the same
        assert server.get(one["images"]["difference"]).status_code == 200


def test_damaged_weights_are_reported_and_the_embedded_network_measures(
    server: Server, handles: dict[str, str]
) -> None:
    ready = server.get("/readyz")
    reported = {"classification": True, "features": False, "intact": False, "embedded": True}
    assert (ready.status_code, ready.json()["models"]) == (200, reported)
    files = {side: picture(np.random.default_rng(20 + ord(side))) for side in "ab"}
    report = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel,mobilenet"}).json()
    (card,) = [card for card in report["analyses"] if card["name"] == "mobilenet"]
    assert (card["status"], report["network"]["name"]) == ("ok", "EfficientNet-Lite0")
    status = [sys.executable, "-m", "app", "models", "status"]
    asked = subprocess.run(status, cwd=ROOT, env=os.environ | handles, capture_output=True, text=True)
    assert asked.returncode == 0
    assert "in use        EfficientNet-Lite0" in asked.stdout
    assert f"damaged       {json.loads(handles['FEATURE_HANDLES'])[0]}" in asked.stdout
