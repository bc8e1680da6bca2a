"""One client's requests and another's: limits count each separately, and what one has drawn turns nobody else away."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.faults.server import Server, started
from tests.pictures import changed_scene, png, scene

ONE, OTHER = "127.0.0.1", "127.0.0.2"


class From(HTTPAdapter):
    """Connects from another address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__(pool_maxsize=50)

    def init_poolmanager(self, *given: object, **options: object) -> None:
        super().init_poolmanager(*given, source_address=(self._address, 0), **options)  # type: ignore[arg-type]


def client(address: str, **headers: str) -> requests.Session:
    session = requests.Session()
    session.mount("http://", From(address))
    session.headers.update(headers)
    return session


def upload(server: Server, sender: requests.Session, a: bytes = b"", b: bytes = b"") -> requests.Response:
    """The answer to a pair that nobody sent before."""
    files = {"a": a or png(scene()), "b": b or png(changed_scene())}
    numbered = {name: data + os.urandom(8) for name, data in files.items()}
    return sender.post(f"{server.address}/api/v1/pairs", files=numbered, timeout=90)


def test_behind_a_socket_for_both_versions_ipv4_clients_are_counted_separately(tmp_path: Path) -> None:
    with started(tmp_path, HOST="::", RATE_LIMIT="1/minute") as server:
        assert [upload(server, client(ONE)).status_code for _ in range(2)] == [201, 429]
        assert upload(server, client(OTHER)).status_code == 201


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("proxied"), TRUSTED_PROXIES="1", RATE_LIMIT="1/minute") as server:
        yield server


TEXTS = ["198.51.100.7:5678", "[::1]:80", "unknown", "_hidden", "", ",", "[", "]:", ":::", "1.2.3.4:x", "é\x01"]


@pytest.mark.parametrize("text", [*TEXTS, "x" * 8192, "1," * 4096], ids=lambda text: text[:9].strip("\x01"))
@pytest.mark.parametrize("header", ["For", "Proto", "Host", "Port"])
def test_whatever_a_proxy_forwards_is_no_failure_of_ours(proxied: Server, header: str, text: str) -> None:
    headers = {f"X-Forwarded-{header}": text.encode("latin-1")}
    if header != "For":
        headers["X-Forwarded-For"] = os.urandom(8).hex().encode()
    files = {"a": png(scene()), "b": png(changed_scene())}
    answers = [
        requests.post(f"{proxied.address}/api/v1/pairs", files=files, headers=headers, timeout=90),
        requests.get(proxied.address, headers=headers, timeout=90),
    ]
    assert {answer.status_code for answer in answers} <= {200, 201, 400, 429}
    assert "unhandled" not in proxied.log.read_text()


def test_ports_that_a_proxy_forwards_are_not_counted_separately(proxied: Server) -> None:
    answers = [upload(proxied, client(ONE, **{"X-Forwarded-For": f"203.0.113.9:{port}"})) for port in (80, 81)]
    assert [answer.status_code for answer in answers] == [201, 429]


def large(seed: int) -> bytes:
    """A picture of twelve megapixels."""
    fields = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), np.uint8)
    return png(fields.repeat(100, axis=0).repeat(100, axis=1))


def test_many_previews_of_one_client_turn_no_upload_of_another_away(tmp_path: Path) -> None:
    a, b = large(1), large(2)
    with started(tmp_path, MAX_RUNNING="2") as server, client(ONE) as one, client(OTHER) as other:
        ids = [upload(server, one, a, b).json()["id"] for _ in range(10)]
        addresses = [f"{server.address}/pairs/{pair}/pictures/{side}" for pair in ids for side in "ab"] * 2
        with ThreadPoolExecutor(40) as pool:
            asked = [pool.submit(one.get, address, timeout=90) for address in addresses]
            answers = []
            while not all(preview.done() for preview in asked):
                answers.append(upload(server, other).status_code)
                time.sleep(0.1)
        assert set(answers) == {201}
        assert len(answers) > 2
        assert {preview.result().status_code for preview in asked} <= {200, 429}


def test_a_preview_is_drawn_once_and_counted_once(tmp_path: Path) -> None:
    with started(tmp_path, RATE_LIMIT="4/minute") as server, client(ONE) as sender:
        pair = upload(server, sender, large(1), large(2)).json()["id"]
        addresses = [f"{server.address}/pairs/{pair}/pictures/{side}" for side in "ab"]
        first = [sender.get(address) for address in addresses]
        began = time.monotonic()
        again = [sender.get(address) for address in addresses * 5]
        print(f"\na stored preview: {(time.monotonic() - began) * 100:.0f} ms")
        assert {answer.status_code for answer in first + again} == {200}
        assert [answer.content for answer in again] == [answer.content for answer in first] * 5
        assert [upload(server, sender).status_code for _ in range(2)] == [201, 429]
        blobs = [file for file in (tmp_path / "data" / "blobs").glob("??/*") if file.is_file()]
        assert len(blobs) == 2 + 2 + 2
        assert sender.delete(f"{server.address}/api/v1/pairs/{pair}").status_code == 204
        blobs = [file for file in (tmp_path / "data" / "blobs").glob("??/*") if file.is_file()]
        assert len(blobs) == 2, "the previews are deleted with their pair"


def test_whether_the_disk_can_be_written_is_tried_once_a_second(tmp_path: Path) -> None:
    """Each try makes a file, which changes the time of its folder."""
    with started(tmp_path) as server, client(ONE) as sender:
        seen, asked, until = set[int](), 0, time.monotonic() + 3
        while time.monotonic() < until:
            assert sender.get(f"{server.address}/readyz").status_code == 200
            seen.add((tmp_path / "data" / "blobs").stat().st_mtime_ns)
            asked += 1
        assert asked > 20
        assert len(seen) <= 4
