"""Pictures that wait for their turn wait on the disk: memory is for those at work."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.faults.odd_decoder import STUCK
from tests.faults.server import Server, started
from tests.faults.test_overload import resident
from tests.pictures import png, scene

MEBIBYTE = 1 << 20
PICTURE = 8 * MEBIBYTE
PAIRS = 12
STORING = 2  # pairs at once
SLACK = 48 * MEBIBYTE  # threads, and what the allocator keeps

DEADLINE = 6


def send(server: Server, picture: bytes) -> requests.Response:
    return server.post("/api/v1/evaluate", files={"a": picture, "b": picture}, data={"analyses": "pixel"})


def test_who_waits_takes_no_memory(tmp_path: Path) -> None:
    large = png(scene()) + os.urandom(PICTURE)
    settings = {"MAX_RUNNING": "1", "MAX_WAITING": str(PAIRS), "DEADLINE": str(DEADLINE)}
    with started(tmp_path, "tests.faults.odd_server", METRICS="true", **settings) as server:
        assert send(server, png(scene())).status_code == 201
        process = server.process.pid
        before, most = resident(process), 0
        with ThreadPoolExecutor(PAIRS + 1) as pool:
            stuck = pool.submit(send, server, png(scene(STUCK, 60)))
            while "image_diff_running 1.0" not in server.get("/metrics").text:
                time.sleep(0.01)
            waiting = [pool.submit(send, server, large + os.urandom(8)) for _ in range(PAIRS)]
            together = False
            while not stuck.done():
                most = max(most, resident(process))
                together |= f"image_diff_waiting {PAIRS:.1f}" in server.get("/metrics").text
                time.sleep(0.02)
            assert stuck.result().status_code == 503
            assert {one.result().status_code for one in waiting} <= {201, 503}
    assert together, "all of them waited at the same time"
    print(f"\n{PAIRS} pairs of {2 * PICTURE >> 20} MiB: {(most - before) >> 20} MiB more")
    assert most - before < STORING * 2 * PICTURE + SLACK
