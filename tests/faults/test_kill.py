"""Killed at any moment, in part or as a whole, the service loses nothing that it said it has.

FAULT_ROUNDS says how many times, FAULT_SEED which times.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import requests

from tests.faults.server import Server, started
from tests.faults.stored import Acknowledged, assert_kept, assert_served, assert_swept, digest, picture

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
SEED = int(os.environ.get("FAULT_SEED", "0")) or int(time.time())
CLIENTS = 4


class Client(threading.Thread):
    """Sends pairs and has them evaluated until asked to stop; remembers what it was answered."""

    def __init__(self, server: Server, seed: int, reported: Acknowledged) -> None:
        super().__init__()
        self.server, self.random, self.reported = server, np.random.default_rng(seed), reported
        self.strange: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self.send()
            except requests.RequestException:  # the server is gone
                time.sleep(0.05)

    def send(self) -> None:
        files = {side: picture(self.random) for side in "ab"}
        digests = [digest(data) for data in files.values()]
        if self.random.random() < 0.5:
            answer = self.server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel"})
        else:
            answer = self.server.post("/api/v1/pairs", files=files)
            if self.heard(answer):
                self.reported.pairs[answer.json()["links"]["self"]] = digests
                path = answer.json()["links"]["evaluate"]
                answer = self.server.post(path, json={"analyses": "pixel,hash"})
        if self.heard(answer):
            report = answer.json()
            self.reported.reports[report["links"]["self"]] = report
            self.reported.pairs[report["links"]["pair"]] = digests

    def heard(self, answer: requests.Response) -> bool:
        """Whether it is done. A picture's process may be killed, which is reported as its breakdown."""
        if answer.status_code not in (200, 201, 422, 429, 503):
            self.strange.append(answer.text)
        return answer.ok


@contextmanager
def clients(server: Server, seed: int) -> Iterator[Acknowledged]:
    """Several of them at work, and what they are promised."""
    reported = Acknowledged()
    running = [Client(server, seed * CLIENTS + number, reported) for number in range(CLIENTS)]
    for client in running:
        client.start()
    try:
        yield reported
    finally:
        for client in running:
            client.stopped.set()
        for client in running:
            client.join()
    assert [strange for client in running for strange in client.strange] == []


def kill_worker(server: Server) -> None:
    """Kill a process that opens pictures."""
    with suppress(ProcessLookupError):
        for process in server.comparing()[:1]:
            os.kill(process, signal.SIGKILL)


def round_of_faults(folder: Path, seed: int, before: Acknowledged) -> Acknowledged:
    """Start a server, check what was reported before, use it, and kill it, maybe in part first. What it reported."""
    dice = random.Random(seed)
    with started(folder) as server:
        assert_served(server, before)
        late = time.monotonic() + 60
        with clients(server, seed) as reported:
            while not reported.reports and time.monotonic() < late:
                time.sleep(0.01)
            for _ in range(dice.choice([0, 0, 1, 2])):
                kill_worker(server)
                time.sleep(dice.uniform(0.1, 2))
            time.sleep(dice.uniform(0, 1))
            server.kill()
    return reported


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    data, reported, heard, swept = tmp_path / "data", Acknowledged(), Acknowledged(), 0
    print(f"FAULT_SEED={SEED}")
    for number in range(ROUNDS):
        heard = round_of_faults(tmp_path, SEED + number, heard)
        reported.update(heard)
        orphans = assert_kept(data, reported)
        print(f"round {number + 1}: {len(heard)} acknowledged, {orphans} orphans", flush=True)
        if number % 2 or number == ROUNDS - 1:  # not always, so that they also outlive a start
            assert_swept(data, orphans)
            swept += orphans
    with started(tmp_path) as server:
        assert_served(server, reported)
    assert reported.reports
    stored = f"{len(reported.pairs)} pairs and {len(reported.reports)} reports"
    print(f"{ROUNDS} rounds: {stored}, none lost; {swept} orphans swept")


def test_killed_while_it_first_starts_it_starts_again(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    for _ in range(ROUNDS):
        server = Server(tmp_path)
        time.sleep(dice.uniform(0.2, 3))
        server.kill()
    with started(tmp_path) as server:
        assert server.get("/readyz").json()["storage"] == "ok"
