"""What clients were promised is stored, and whether it is."""

import hashlib
import io
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app.store import Store
from tests.faults.server import Server


@dataclass
class Acknowledged:
    """What was answered, by address: a pair's digests as they were sent, a report word for word."""

    pairs: dict[str, list[str]] = field(default_factory=dict)
    reports: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pairs) + len(self.reports)

    def update(self, other: "Acknowledged") -> None:
        """Take over what others heard."""
        self.pairs |= other.pairs
        self.reports |= other.reports


def picture(random: np.random.Generator, side: int = 48, enlarged: int = 1) -> bytes:
    """A PNG of noise, `side` pixels wide and high, each enlarged to a square of so many."""
    file = io.BytesIO()
    noise = random.integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(noise.repeat(enlarged, 0).repeat(enlarged, 1)).save(file, "PNG")
    return file.getvalue()


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def assert_served(server: Server, reported: Acknowledged) -> None:
    """Everything is there as it was reported, and every picture of a report matches its digest."""
    for address, digests in reported.pairs.items():
        pair = server.get(address)
        assert pair.status_code == 200, (address, pair.text)
        assert [pair.json()[side]["sha256"] for side in "ab"] == digests
    for address, report in reported.reports.items():
        answer = server.get(address)
        assert answer.status_code == 200, (address, answer.text)
        assert answer.json() == report
        for image in report["images"].values():
            shown = server.get(image)
            assert (shown.status_code, f'"{digest(shown.content)}"') == (200, shown.headers["ETag"])


def assert_kept(data: Path, reported: Acknowledged) -> int:
    """Check that all pictures that rows refer to are on the disk, and return the number of orphans."""
    blobs = {file.name: digest(file.read_bytes()) for file in (data / "blobs").glob("??/*")}
    assert all(name == content for name, content in blobs.items())
    referenced = references(data)
    assert referenced <= set(blobs)
    assert {sent for digests in reported.pairs.values() for sent in digests} <= referenced
    return len(set(blobs) - referenced)


def assert_swept(data: Path, orphans: int) -> None:
    """The sweep removes the orphans and nothing else."""
    assert store(data).sweep() == orphans
    assert {file.name for file in (data / "blobs").glob("??/*")} == references(data)


def references(data: Path) -> set[str]:
    """All digests in the database, asked without the service's own code."""
    question = "SELECT a_sha256 FROM pairs UNION SELECT b_sha256 FROM pairs UNION SELECT sha256 FROM report_images"
    connection = sqlite3.connect(data / "image-diff.sqlite")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {row[0] for row in connection.execute(question) if row[0]}  # none: not drawn yet
    finally:
        connection.close()


def store(data: Path) -> Store:
    """The store in a server's folder."""
    return Store(data, f"sqlite:///{data / 'image-diff.sqlite'}")


def rows(data: Path, table: str) -> int:
    """How many rows a table has."""
    connection = sqlite3.connect(data / "image-diff.sqlite")
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()
