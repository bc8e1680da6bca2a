"""Rate limits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.execution.process_pool import ProcessPool
from app.web.limits import RateLimit, RateLimitExceeded
from tests.web.forms import QUICK, pictures


def limited(folder: Path, workers: ProcessPool, limit: str = "2/minute", **settings: int) -> FlaskClient:
    app = create_app(
        Settings(data_dir=folder, tfhub_cache_dir=folder, rate_limit=limit).model_copy(update=settings), workers
    )
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def ask(client: FlaskClient, address: str = "192.0.2.1", path: str = "/api/v1/pairs", **headers: str) -> TestResponse:
    fields: dict[str, Any] = {"analyses": QUICK} if "evaluate" in path else {}
    return client.post(path, data=pictures(**fields), environ_overrides={"REMOTE_ADDR": address}, headers={**headers})


def assert_limited(answer: TestResponse) -> None:
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert 5 < int(answer.headers["Retry-After"]) <= 61
    assert "2/minute" in answer.json["detail"]


def test_over_the_limit_retry_after_says_when_to_try_again(tmp_path: Path, workers: ProcessPool) -> None:
    client = limited(tmp_path, workers)
    link = ask(client).json["links"]["evaluate"]
    assert ask(client, path="/api/v1/evaluate").status_code == 201
    for path in ("/api/v1/pairs", "/api/v1/evaluate", "/upload", link, link.removeprefix("/api/v1")):
        assert_limited(ask(client, path=path, Accept="application/json"))
    assert client.get("/").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_a_post_is_counted_before_it_is_refused(tmp_path: Path, workers: ProcessPool) -> None:
    """Of two for each path, the first is refused for its missing token or key."""
    key = "0123456789-a-key"
    settings = Settings(data_dir=tmp_path, tfhub_cache_dir=tmp_path, rate_limit="1/minute", api_keys=key)
    client = create_app(settings, workers).test_client()
    for number, (path, status) in enumerate((("/upload", 400), ("/api/v1/pairs", 401), ("/pairs/x/evaluate", 400))):
        assert [ask(client, f"192.0.2.{number}", path).status_code for _ in range(2)] == [status, 429]


def test_a_browser_gets_an_error_page(tmp_path: Path, workers: ProcessPool) -> None:
    client = limited(tmp_path, workers, "1/minute")
    assert ask(client, path="/upload").status_code == 303
    answer = ask(client, path="/upload")
    assert (answer.status_code, answer.mimetype) == (429, "text/html")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1:5678", "192.0.2.1:80", True),
        ("[2001:db8::1]:80", "[2001:db8::2]:5678", True),
        ("[::1]", "::1", True),
        ("unknown", "_hidden", False),
        ("unknown:80", "unknown:81", True),
        ("x" * 8192, "x" * 64, True),
        ("[", "[::1", False),
        ("", "::", False),
    ],
)
def test_each_client_is_counted_separately(
    tmp_path: Path, workers: ProcessPool, first: str, second: str, same: bool
) -> None:
    client = limited(tmp_path, workers, "1/minute")
    assert ask(client, first).status_code == 201
    assert ask(client, second).status_code == (429 if same else 201)


def counting(app: Flask, limit: RateLimit, monkeypatch: pytest.MonkeyPatch) -> Callable[[float, str], int]:
    """A function that counts a request at a time, in seconds, of a client: 0, or the seconds it has to wait."""

    def count(now: float, address: str) -> int:
        monkeypatch.setattr("time.monotonic", lambda: now)
        with app.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
            try:
                limit.count()
                return 0
            except RateLimitExceeded as error:
                return error.seconds

    return count


def test_windows_move_and_each_holds(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    count = counting(app, RateLimit("2/minute;3/hour"), monkeypatch)
    assert [count(now, "192.0.2.1") for now in (1000, 1030, 1031, 1059.5, 1060, 1090)] == [0, 0, 29, 1, 0, 3510]
    assert [count(now, "192.0.2.1") for now in (4599, 4600, 4630, 4631)] == [1, 0, 0, 29]
    assert count(4631, "192.0.2.2") == 0


def test_clients_are_forgotten_with_their_last_request(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each address that ever came would stay in memory."""
    limit = RateLimit("2/minute")
    count = counting(app, limit, monkeypatch)
    for number in range(300):
        assert count(number, f"192.0.{number // 100}.{number % 100}") == 0
    assert len(limit._times) == 60


def test_behind_a_proxy_the_forwarded_address_is_counted(tmp_path: Path, workers: ProcessPool) -> None:
    client = limited(tmp_path, workers, "1/minute", trusted_proxies=1)
    for address, status in (("198.51.100.1", 201), ("198.51.100.2", 201), ("198.51.100.1", 429)):
        assert ask(client, **{"X-Forwarded-For": address}).status_code == status


@pytest.fixture
def app(tmp_path: Path, workers: ProcessPool) -> Flask:
    return limited(tmp_path, workers, "3/minute").application


def test_what_draws_is_counted_when_it_draws(app: Flask) -> None:
    client = app.test_client()
    pair = ask(client).json["id"]
    for _ in range(2):  # the second time they are stored
        assert client.get(f"/pairs/{pair}/pictures/a").status_code == 200
        assert client.get(f"/pairs/{pair}/pictures/b").status_code == 200
    assert ask(client, "127.0.0.1").status_code == 201
    assert ask(client, "127.0.0.1").status_code == 429


@pytest.mark.parametrize(
    ("query", "gets", "counted"),
    [
        ("", ["images.a", "images.difference", "images.b"], 1),
        ("?format=page", ["images.a", "images.difference"], 0),
        ("", ["links.sheet", "links.sheet"], 2),
        ("?format=html", ["links.download"], 1),
        ("", ["links.page", "links.self", "links.pair"], 0),
    ],
)
def test_a_request_counts_once_however_much_it_draws(app: Flask, query: str, gets: list[str], counted: int) -> None:
    """Of three the comparison is the first."""
    client = app.test_client()
    answer = ask(client, "127.0.0.1", "/api/v1/evaluate" + query)
    report = client.get(answer.headers["Location"], headers={"Accept": "application/json"}).json
    for path in gets:
        part, name = path.split(".")
        assert client.get(report[part][name]).status_code == 200
    left = [ask(client, "127.0.0.1").status_code for _ in range(3)].count(201)
    assert left == 2 - counted


def test_drawing_over_the_limit_is_refused(app: Flask) -> None:
    client = app.test_client()
    pair = ask(client, "127.0.0.1").json["id"]
    for _ in range(2):
        ask(client, "127.0.0.1")
    answer = client.get(f"/pairs/{pair}/pictures/a", headers={"Accept": "application/json"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 5


def test_without_a_limit_nothing_is_counted(tmp_path: Path, workers: ProcessPool) -> None:
    client = limited(tmp_path, workers, "")
    assert {ask(client).status_code for _ in range(3)} == {201}


@pytest.mark.parametrize("limit", ["often", "60", "/minute"])
def test_a_malformed_limit_is_reported(limit: str) -> None:
    with pytest.raises(ValidationError, match="rate_limit"):
        Settings(rate_limit=limit)
