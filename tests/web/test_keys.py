"""API keys: each route with a valid key, without one, with a wrong one and with another owner's; and open routes."""

import logging
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from app.config import Settings
from tests.web.forms import QUICK, pictures
from tests.web.test_api import UNKNOWN, assert_problem

KEY, OTHER = "0123456789-first-key", "0123456789-other-key=="
MINE, THEIRS = {"Authorization": f"Bearer {KEY}"}, {"X-API-Key": OTHER}
JSON = {"Accept": "application/json"}

# Headers without a valid key.
NOBODY: list[dict[str, str]] = [
    {},
    {"Authorization": "Bearer"},
    {"Authorization": f"Bearer {KEY}x"},
    {"Authorization": f"Basic {KEY}"},
    {"Authorization": KEY},
    {"Authorization": "Bearer ÿ"},
    {"X-API-Key": ""},
    {"X-API-Key": KEY.upper()},
]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(**settings.model_dump() | {"api_keys": f"{KEY}, {OTHER}"})


@pytest.fixture
def made(client: FlaskClient) -> dict[str, Any]:
    """A report created with the first key."""
    answer = client.post("/api/v1/evaluate", data=pictures(analyses=QUICK), headers=MINE)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def requests(made: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """All requests that need a key: method, address and form."""
    pair = made["links"]["pair"]
    return [
        ("POST", "/api/v1/pairs", pictures()),
        ("POST", "/api/v1/evaluate", pictures(analyses=QUICK)),
        ("GET", pair, None),
        ("POST", f"{pair}/evaluate", {"analyses": QUICK}),
        ("DELETE", pair, None),
    ]


def test_every_route_accepts_a_valid_key(client: FlaskClient, made: dict[str, Any]) -> None:
    answers = [client.open(address, method=method, data=form, headers=MINE) for method, address, form in requests(made)]
    assert [answer.status_code for answer in answers] == [201, 201, 200, 200, 204]
    assert all("Set-Cookie" not in answer.headers for answer in answers)


@pytest.mark.parametrize("headers", NOBODY)
def test_every_route_refuses_invalid_keys(client: FlaskClient, made: dict[str, Any], headers: dict[str, str]) -> None:
    for method, address, form in requests(made):
        answer = client.open(address, method=method, data=form, headers=headers)
        assert_problem(answer, 401, "Authorization: Bearer", "X-API-Key")
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Image Diff"')
    assert client.get(made["links"]["pair"], headers=MINE).status_code == 200, "nothing was deleted"


def test_a_wrong_key_differs_from_a_missing_one(client: FlaskClient) -> None:
    wrong = client.post("/api/v1/pairs", headers={"X-API-Key": "wrong"}).headers["WWW-Authenticate"]
    assert 'error="invalid_token"' in wrong or "error=invalid_token" in wrong
    assert "error" not in client.post("/api/v1/pairs").headers["WWW-Authenticate"]


def test_another_owners_pair_is_neither_evaluated_nor_deleted(client: FlaskClient, made: dict[str, Any]) -> None:
    pair = made["links"]["pair"]
    assert_problem(client.post(f"{pair}/evaluate", headers=THEIRS), 404)
    assert_problem(client.delete(pair, headers=THEIRS), 404)
    assert_problem(client.get(pair, headers=THEIRS), 404)
    assert client.delete(pair, headers=MINE).status_code == 204


def test_other_responses_are_the_same_as_without_keys(client: FlaskClient, made: dict[str, Any]) -> None:
    assert_problem(client.post("/api/v1/pairs", headers=MINE), 400, "a:")
    assert_problem(client.post(f"{made['links']['pair']}/evaluate", json={"align": 1}, headers=MINE), 400, "align")
    for bad in (UNKNOWN, "x", "%00"):
        assert_problem(client.get(f"/api/v1/pairs/{bad}", headers=MINE), 404)
        assert_problem(client.delete(f"/api/v1/pairs/{bad}", headers=MINE), 404)
        assert_problem(client.post(f"/api/v1/pairs/{bad}/evaluate", headers=MINE), 404)
    assert_problem(client.put("/api/v1/pairs", headers=MINE), 405)
    assert_problem(client.get("/api/v1/nothing", headers=MINE), 404)


def test_anyone_with_the_link_sees_the_report(app: Flask, made: dict[str, Any]) -> None:
    stranger = app.test_client()
    links = (*(made["links"][name] for name in ("self", "page", "download", "sheet")), *made["images"].values())
    for link in links:
        assert stranger.get(link).status_code == 200, link


def test_open_routes_need_no_key(client: FlaskClient) -> None:
    for address in ("/", "/healthz", "/readyz", "/api/docs", "/api/v1/openapi.json"):
        assert client.get(address).status_code == 200, address


def test_a_browser_stores_and_deletes_its_own_pair(client: FlaskClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    token = client.get("/").text.split('name="csrf_token" value="')[1].split('"')[0]
    made = client.post("/upload", data=pictures(csrf_token=token), headers=JSON).json
    pair = made["links"]["self"]
    evaluated = client.post(
        made["links"]["evaluate_page"], data={"csrf_token": token, "analyses": "pixel"}, headers=JSON
    )
    assert evaluated.status_code == 200
    assert_problem(client.delete(pair), 400, "csrf_token")
    assert_problem(client.delete(pair, headers=MINE), 404)
    assert_problem(app.test_client().delete(pair, headers={"X-CSRFToken": token}), 401)
    assert client.delete(pair, headers={"X-CSRFToken": token}).status_code == 204


def test_a_browser_cannot_delete_a_keys_pair(client: FlaskClient, app: Flask, made: dict[str, Any]) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    token = client.get("/").text.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/upload", data=pictures(csrf_token=token), headers=JSON)  # so that it has a cookie
    assert_problem(client.delete(made["links"]["pair"], headers={"X-CSRFToken": token}), 401)


def test_a_pair_without_an_owner_belongs_to_every_key(client: FlaskClient, app: Flask) -> None:
    """It was stored before the service had keys."""
    store = app.extensions["image_diff"].store
    made = client.post("/api/v1/pairs", data=pictures(), headers=MINE).json
    unowned = store.records.pair(made["id"])
    copy = type(unowned)(UNKNOWN, unowned.created, None, unowned.a, unowned.b)
    store.records.add_pair(copy)
    address = f"/api/v1/pairs/{UNKNOWN}"
    assert_problem(client.delete(address), 401)
    assert client.post(f"{address}/evaluate", data={"analyses": "pixel"}, headers=MINE).status_code == 200
    assert client.delete(address, headers=THEIRS).status_code == 204


def test_a_key_is_never_stored_or_logged(
    client: FlaskClient, app: Flask, made: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    service = app.extensions["image_diff"]
    with caplog.at_level(logging.DEBUG):
        client.get(made["links"]["pair"], headers=MINE)
        client.get(made["links"]["pair"], headers={"X-API-Key": f"{KEY}x"})
    assert KEY not in caplog.text
    assert KEY not in repr(service.settings) + service.settings.model_dump_json()
    files = [path.read_bytes() for path in service.settings.data_dir.rglob("*") if path.is_file()]
    assert files
    assert not [file for file in files if KEY.encode() in file]


def test_the_api_description_requires_a_key(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header"}
    operations = {
        operation["operationId"]: operation for item in document["paths"].values() for operation in item.values()
    }
    assert "Requests need an API key" in document["info"]["description"]
    guarded = {name for name, operation in operations.items() if operation.get("security")}
    assert guarded == {"add_pair", "show_pair", "delete_pair", "evaluate_pair", "evaluate_upload"}
    assert operations["add_pair"]["security"] == [{"bearer": []}, {"header": []}]
    assert "Bearer KEY" in operations["add_pair"]["x-codeSamples"][0]["source"]
    assert "Bearer KEY" not in operations["show_report"]["x-codeSamples"][0]["source"]


@pytest.mark.parametrize("keys", ["short", f"{KEY},short", '["spaces are not allowed"]', f'["{KEY}"'])
def test_an_unsuitable_key_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("API_KEYS", keys)
    with pytest.raises(ValidationError, match="api_keys") as refused:
        Settings()
    assert KEY not in str(refused.value)
    assert "short" not in str(refused.value)


@pytest.mark.parametrize("keys", [f"{KEY}, {OTHER}", f"{KEY},{OTHER},", f'["{KEY}", "{OTHER}"]'])
def test_keys_are_separated_by_commas_or_json(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("API_KEYS", keys)
    assert [key.get_secret_value() for key in Settings().api_keys] == [KEY, OTHER]


@pytest.mark.parametrize("keys", [",", " , ,", "[]", " "])
def test_an_empty_list_of_keys_does_not_open_the_api(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("API_KEYS", keys)
    with pytest.raises(ValidationError, match="API_KEYS is an empty list"):
        Settings()
