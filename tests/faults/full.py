"""What is sent to a server that has no space, and what it must answer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import requests

from tests.faults.server import Server
from tests.faults.stored import Acknowledged, digest, picture


def pair_of_files(seed: int, side: int = 48) -> dict[str, bytes]:
    """A pair that nobody sent before."""
    random = np.random.default_rng(seed)
    return {name: picture(random, side) for name in "ab"}


def sent(server: Server, files: dict[str, bytes]) -> dict[str, Any]:
    """The report on two pictures, evaluated while there was space."""
    answer = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel"})
    answer.raise_for_status()
    return dict(answer.json())


def acknowledged(files: dict[str, bytes], report: dict[str, Any]) -> Acknowledged:
    """A pair and its report, as they were answered."""
    pairs = {report["links"]["pair"]: [digest(data) for data in files.values()]}
    return Acknowledged(pairs, {report["links"]["self"]: report})


def assert_full(answer: requests.Response) -> None:
    """It says so, and when to ask again."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["detail"]) == (503, "The storage is full.")
    assert int(answer.headers["Retry-After"]) > 0


def assert_reported(server: Server, data: Path, why: str) -> None:
    """A server that cannot start ends by itself, soon, and its log says why in a line that names the folder."""
    assert server.process.wait(60) == 4
    (line,) = [line for line in server.log.read_text().splitlines() if "cannot start" in line]
    assert json.loads(line)["message"].startswith(f"The service cannot start, DATA_DIR is {data}: {why} ")
    assert "Traceback" not in server.log.read_text()
