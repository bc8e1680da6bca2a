import io
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.execution.process_pool import ProcessPool
from tests.pictures import png, scene
from tests.web.forms import QUICK, B, pictures
from tests.web.test_api import assert_problem

JSON = {"Accept": "application/json"}
SCRIPT = b"<script>alert('polyglot')</script>"


def assert_headers(answer: TestResponse) -> None:
    """Assert that framing, sniffing, foreign content and foreign scripts are forbidden."""
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers, "the service is not informed that HTTPS is used"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy or "sandbox" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/healthz", "/readyz", "/api/docs", "/api/v1/openapi.json", "/api/v1/nothing"]
)
def test_every_response_has_the_headers(client: FlaskClient, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "OPTIONS", "PUT"):
        assert_headers(client.open(path, method=method))


@pytest.mark.parametrize("path", ["/static/css/base.css", "/favicon.ico", "/dropzone/static/dropzone.min.js"])
def test_static_files_have_the_headers(client: FlaskClient, path: str) -> None:
    assert_headers(client.get(path, buffered=True))


def test_reports_pictures_and_errors_have_the_headers(client: FlaskClient, report: dict[str, Any]) -> None:
    links = report["links"]
    current = {"If-None-Match": client.get(links["self"]).headers["ETag"]}
    assert client.get(links["self"], headers=current).status_code == 304
    for answer in (
        *(client.get(link) for link in (*links.values(), *report["images"].values())),
        client.get(f"/pairs/{report['pair']}"),
        client.get(f"/pairs/{report['pair']}/pictures/a"),
        client.get(links["self"], headers=current),
        client.post("/api/v1/evaluate"),
        client.post("/upload", data=pictures(b=b"no picture")),
        client.delete(links["pair"]),
    ):
        assert_headers(answer)


def test_a_bugs_response_has_the_headers(app: Flask) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise KeyError

    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert_headers(answer)


def test_every_page_has_its_own_nonce(client: FlaskClient) -> None:
    first, second = client.get("/"), client.get("/")
    nonce = first.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
    assert first.text.count(f'nonce="{nonce}"') == 3
    assert nonce not in second.text


def cookie(app: Flask) -> set[str]:
    """The attributes of the cookie that the front page sets."""
    return set(app.test_client().get("/").headers["Set-Cookie"].split("; ")[1:])


def test_the_cookie_is_hidden_from_scripts_and_other_sites(app: Flask) -> None:
    assert cookie(app) >= {"HttpOnly", "SameSite=Lax"}
    assert "Secure" not in cookie(app), "it would be lost over plain HTTP"


def test_with_https_the_cookie_is_secure(settings: Settings, workers: ProcessPool) -> None:
    app = create_app(settings.model_copy(update={"secure_cookies": True}), workers)
    assert cookie(app) >= {"HttpOnly", "SameSite=Lax", "Secure"}


def test_the_api_needs_no_token_and_sets_no_cookie(client: FlaskClient) -> None:
    answer = client.post("/api/v1/pairs", data=pictures())
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers


class TestHosts:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return Settings(**settings.model_dump() | {"trusted_hosts": "diff.example, .below.example, [2001:db8::1]:80"})

    @pytest.mark.parametrize(
        "host",
        [
            "diff.example",
            "diff.example:8000",
            "a.below.example",
            "localhost:8000",
            "127.0.0.1:1",
            "[::1]:8000",
            "[2001:DB8:0::1]",
        ],
    )
    def test_trusted_hosts_are_served(self, client: FlaskClient, host: str) -> None:
        assert client.get("/", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "diff.example.evil", "xdiff.example", "diff.example@evil.example", "[2001:db8::2]:8000"],
    )
    def test_other_hosts_are_refused(self, client: FlaskClient, host: str) -> None:
        for path in ("/", "/healthz", "/api/v1/nothing", "/static/css/base.css"):
            answer = client.get(path, headers={"Host": host}, buffered=True)
            assert_problem(answer, 400, "Host")
            assert_headers(answer)
            assert host not in answer.text

    def test_forwarded_hosts_count_only_behind_proxies(self, client: FlaskClient) -> None:
        sent = {"Host": "diff.example", "X-Forwarded-Host": "evil.example"}
        answer = client.get("/api/v1/openapi.json", headers=sent)
        assert answer.json["servers"] == [{"url": "http://diff.example/"}]


@pytest.mark.parametrize("host", ["a b", "<script>", "a/b", "", "x" * 64])
def test_a_malformed_host_is_not_a_bug(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code in (200, 400)


class TestGuests:
    """Without API keys, who has a report's link may compare the pair again, but the owner's list stays the owner's."""

    @pytest.fixture
    def evaluate(self, client: FlaskClient) -> str:
        """The address at which the pair of the client's browser is evaluated."""
        return str(client.post("/upload", data=pictures(), headers=JSON).json["links"]["evaluate_page"])

    @pytest.fixture
    def app(self, app: Flask) -> Flask:
        app.config["WTF_CSRF_ENABLED"] = False
        return app

    def ask(self, client: FlaskClient, address: str, analyses: str, headers: dict[str, str] = JSON) -> Any:
        answer = client.post(address, data={"analyses": analyses}, headers=headers)
        assert answer.status_code == 200
        return answer.json

    def test_a_guests_report_is_not_in_the_owners_list(self, client: FlaskClient, app: Flask, evaluate: str) -> None:
        own = self.ask(client, evaluate, "pixel")["links"]["page"]
        foreign = self.ask(app.test_client(), evaluate, "regions")["links"]["page"]
        assert client.get(foreign).status_code == 200
        page = client.get("/").text
        assert own in page
        assert foreign not in page

    def test_a_guests_streamed_report_is_not_listed(self, client: FlaskClient, app: Flask, evaluate: str) -> None:
        streamed = app.test_client().post(
            evaluate, data={"analyses": "pixel"}, headers={"Accept": "text/event-stream"}, buffered=True
        )
        assert "event: report" in streamed.text
        assert "/reports/" not in client.get("/").text

    def test_a_guests_report_does_not_affect_the_owners_request(
        self, client: FlaskClient, app: Flask, evaluate: str
    ) -> None:
        guest = app.test_client()
        foreign = self.ask(guest, evaluate, "pixel")
        own = self.ask(client, evaluate, "pixel")
        assert (own["metrics"], own["pair"]) == (foreign["metrics"], foreign["pair"])
        assert own["links"]["page"] in client.get("/").text
        assert foreign["timings"] != own["timings"], "nobody learns what the other asked for"
        assert self.ask(client, evaluate, "pixel")["id"] == own["id"]
        assert self.ask(guest, evaluate, "pixel")["id"] == foreign["id"]

    def test_the_api_lets_only_the_owner_compare(self, client: FlaskClient, app: Flask, evaluate: str) -> None:
        address = f"/api/v1{evaluate}"
        assert_problem(app.test_client().post(address, json={"analyses": "pixel"}), 404)
        assert client.post(address, json={"analyses": "pixel"}).status_code == 200

    def test_deleting_a_pair_deletes_guests_reports(self, client: FlaskClient, app: Flask, evaluate: str) -> None:
        foreign = self.ask(app.test_client(), evaluate, "pixel")["links"]["self"]
        app.config["WTF_CSRF_ENABLED"] = True
        token = client.get("/").text.split('name="csrf_token" value="')[1].split('"')[0]
        address = f"/api/v1{evaluate.removesuffix('/evaluate')}"
        assert client.delete(address, headers={"X-CSRFToken": token}).status_code == 204
        assert_problem(client.get(foreign), 404)


def jpeg_html() -> bytes:
    """A JPEG with a script in a comment, in its EXIF and after its end, and with a geographic position."""
    picture, exif = Image.fromarray(scene()), Image.Exif()
    exif[0x010E] = SCRIPT.decode()  # ImageDescription
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})  # GPS latitude
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, comment=SCRIPT)
    return file.getvalue() + SCRIPT


def png_zip() -> bytes:
    """A PNG that is also a ZIP archive."""
    file = io.BytesIO(png(scene()))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("polyglot.html", SCRIPT)
    return file.getvalue()


def gif_script() -> bytes:
    """A GIF that is also JavaScript: its width starts a comment, which ends after the picture."""
    file = io.BytesIO()
    Image.new("P", (0x2A2F, 2)).save(file, "GIF", comment=SCRIPT)
    data = file.getvalue() + b"*/=alert('polyglot')"
    assert data[6:8] == b"/*"
    return data


def served(client: FlaskClient, report: dict[str, Any]) -> Iterator[bytes]:
    """Every picture of a report, of its pair and of its pages."""
    pair = f"/pairs/{report['pair']}/pictures"
    for link in (*report["images"].values(), f"{pair}/a", f"{pair}/b", report["links"]["sheet"]):
        answer = client.get(link)
        assert answer.mimetype in ("image/png", "image/jpeg", "image/webp")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        yield answer.data
    for part in client.get(report["links"]["download"]).text.split(";base64,")[1:]:
        yield b64decode(part.split('"')[0])


@pytest.mark.parametrize("polyglot", [jpeg_html(), png_zip(), gif_script()], ids=["jpeg", "png", "gif"])
def test_a_polyglot_is_never_served_unchanged(client: FlaskClient, polyglot: bytes) -> None:
    assert b"polyglot" in polyglot
    answer = client.post("/api/v1/evaluate", data=pictures(polyglot, B, analyses=QUICK))
    assert answer.status_code == 201, answer.text
    found = list(served(client, dict(answer.json or {})))
    assert len(found) > 6
    for data in found:
        assert data != polyglot
        assert b"polyglot" not in data
        assert b"*/" not in data[-200:] or b"alert" not in data
        assert not zipfile.is_zipfile(io.BytesIO(data))
        with Image.open(io.BytesIO(data)) as picture:
            assert not picture.getexif()
            assert not {"exif", "xmp", "comment", "photoshop"} & set(picture.info)


def test_pictures_are_sandboxed(client: FlaskClient, report: dict[str, Any]) -> None:
    for link in (*report["images"].values(), f"/pairs/{report['pair']}/pictures/a"):
        assert "sandbox" in client.get(link).headers["Content-Security-Policy"], link


# Markup, a bidirectional override, path separators, and 4 kB.
NAMES = ["<b>&\"'.png", "gpj\u202egnp.png", "..\\..//etc/passwd", "n" * 4096]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_escaped_everywhere(client: FlaskClient, name: str) -> None:
    form = pictures(analyses="pixel")
    form["a"] = (form["a"][0], name)
    report = client.post("/api/v1/evaluate", data=form).json
    shown_name = report["a"]["name"]
    assert len(shown_name) <= 200
    assert not set(shown_name) & set("/\\\r\n\u202e")
    for link in ("page", "download", "sheet"):
        answer = client.get(report["links"][link])
        assert shown_name not in answer.headers.get("Content-Disposition", ""), "a download has a name of ours"
        if answer.mimetype == "text/html":
            assert "\u202e" not in answer.text
            assert name not in answer.text


def test_a_refused_name_is_escaped(client: FlaskClient) -> None:
    form = pictures()
    form["a"] = (io.BytesIO(b"no picture"), "<script>\u202e/x.png")
    assert "\u202e" not in client.post("/api/v1/pairs", data=form).text
    answer = client.post("/upload", data={**pictures(), "a": (io.BytesIO(b"no picture"), "<i>x</i>\u202e<b>.png")})
    assert "<i>x" not in answer.text
    assert "<b>" not in answer.text


def test_no_route_serves_the_database(client: FlaskClient, tmp_path: Path) -> None:
    assert (tmp_path / "data" / "secret").exists()
    for path in ("/data/secret", "/static/../data/secret", "/static/..%2fdata/secret"):
        assert client.get(path, buffered=True).status_code == 404
