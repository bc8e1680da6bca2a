import pytest
from flask.testing import FlaskClient

from tests.web.forms import pictures


@pytest.mark.parametrize("path", ["/", "/nothing", "/healthz", "/api/v1/nothing", "/static/css/base.css"])
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_the_nonce_is_that_of_the_page_and_of_no_other(client: FlaskClient) -> None:
    first, second = client.get("/"), client.get("/")
    nonce = first.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
    assert first.text.count(f'nonce="{nonce}"') == 3
    assert nonce not in second.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_api_needs_no_token_and_sets_no_cookie(client: FlaskClient) -> None:
    answer = client.post("/api/v1/pairs", data=pictures())
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers
