"""Who owns nothing learns nothing: neither what others compared, nor what belongs to the pair of a report's link."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.full import pair_of_files
from tests.faults.server import Server, started

FIRST, SECOND = "0123456789-first-key", "0123456789-second-key"
KEYS = f"{FIRST},{SECOND}"
UNKNOWN = "0" * 32
PICTURES = ("a", "b")


def headers(key: str | None) -> dict[str, str]:
    return {"Accept": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}


def compared(server: Server, key: str | None, seed: int) -> dict[str, Any]:
    """The report on a pair that is sent with a key."""
    form = {"analyses": "pixel"}
    answer = server.post("/api/v1/evaluate", headers=headers(key), files=pair_of_files(seed), data=form)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("server"), API_KEYS=KEYS) as server:
        yield server


@pytest.fixture(scope="module")
def made(guarded: Server) -> dict[str, Any]:
    """A report that the first key made."""
    return compared(guarded, FIRST, 1)


def test_another_key_does_not_get_the_stored_answer(guarded: Server) -> None:
    mine, theirs = compared(guarded, FIRST, 2), compared(guarded, SECOND, 2)
    assert mine["metrics"] == theirs["metrics"]
    assert mine["timings"] != theirs["timings"]
    assert compared(guarded, FIRST, 2)["timings"] == mine["timings"], "to its owner an answer is given again"


def test_nobody_gets_the_stored_answer_of_an_anonymous_caller(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        one, other = compared(server, None, 3), compared(server, None, 3)
        again = server.post(f"{one['links']['pair']}/evaluate", json={"analyses": "pixel"}).json()
    assert one["timings"] != other["timings"]
    assert again == one, "who knows the pair is given its report again"


def test_answers_are_shared_where_the_setting_says_so(tmp_path: Path) -> None:
    with started(tmp_path, API_KEYS=KEYS, SHARE_REPORTS="true") as server:
        mine, theirs = compared(server, FIRST, 4), compared(server, SECOND, 4)
    assert mine["timings"] == theirs["timings"]
    assert mine["id"] != theirs["id"]


def of_the_pair(report: dict[str, Any]) -> list[tuple[str, str]]:
    """All requests about the pair of a report: method and address."""
    api, page = report["links"]["pair"], f"/pairs/{report['pair']}"
    return [
        ("GET", api),
        ("POST", f"{api}/evaluate"),
        ("DELETE", api),
        ("GET", page),
        *(("GET", f"{page}/pictures/{field}") for field in PICTURES),
    ]


def test_a_pair_is_unknown_to_all_but_its_owner(guarded: Server, made: dict[str, Any]) -> None:
    nowhere = {"links": {"pair": f"/api/v1/pairs/{UNKNOWN}"}, "pair": UNKNOWN}
    for caller, refused in ((SECOND, {404}), (None, {401, 404})):
        for (method, address), (_, unknown) in zip(of_the_pair(made), of_the_pair(nowhere), strict=True):
            answers = [
                requests.request(method, f"{guarded.address}{path}", headers=headers(caller), timeout=90)
                for path in (address, unknown)
            ]
            assert answers[0].status_code in refused, (method, address)
            assert answers[0].json() == answers[1].json(), "as if there were no such pair"
    for method, address in of_the_pair(made):
        if method == "GET":
            answer = requests.get(f"{guarded.address}{address}", headers=headers(FIRST), timeout=90)
            assert answer.status_code == 200, address


def test_who_has_a_reports_link_cannot_compare_its_pair(guarded: Server, made: dict[str, Any]) -> None:
    guest = requests.Session()
    page = guest.get(f"{guarded.address}{made['links']['page']}", timeout=90).text
    assert f"/pairs/{made['pair']}" not in page.replace("/api/v1/pairs", ""), "no link that would lead nowhere"
    front = guest.get(guarded.address, timeout=90).text
    token = front.split('name="csrf_token" value="')[1].split('"')[0]
    answer = guest.post(
        f"{guarded.address}/pairs/{made['pair']}/evaluate",
        data={"csrf_token": token, "analyses": "pixel"},
        headers={"Referer": guarded.address},
        timeout=90,
    )
    assert answer.status_code == 404


def test_who_has_a_reports_link_sees_all_of_the_report(guarded: Server, made: dict[str, Any]) -> None:
    links = [made["links"][name] for name in ("self", "page", "download", "sheet")]
    for link in (*links, *made["images"].values()):
        assert guarded.get(link).status_code == 200, link


def test_a_browser_compares_its_own_pair_again(guarded: Server) -> None:
    browser = requests.Session()
    front = browser.get(guarded.address, timeout=90).text
    token = front.split('name="csrf_token" value="')[1].split('"')[0]
    sent: dict[str, Any] = {"data": {"csrf_token": token}, "headers": {"Accept": "application/json"}, "timeout": 90}
    links = browser.post(f"{guarded.address}/upload", files=pair_of_files(5), **sent).json()["links"]
    assert browser.get(f"{guarded.address}{links['page']}", timeout=90).status_code == 200
    report = browser.post(f"{guarded.address}{links['evaluate_page']}", **sent).json()
    page = browser.get(f"{guarded.address}{report['links']['page']}", timeout=90).text
    assert page.count(f'action="{links["evaluate_page"]}"') == 3


def test_without_keys_the_link_of_a_pair_opens_it(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        report = compared(server, None, 6)
        for method, address in of_the_pair(report):
            if method == "GET":
                answer = server.get(address)
                assert answer.status_code == 200, address
        assert "no-store" in server.get(f"/pairs/{report['pair']}").headers["Cache-Control"]


def test_over_https_cookies_and_browsers_are_bound_to_this_host(tmp_path: Path) -> None:
    with started(tmp_path, SECURE_COOKIES="true") as server:
        answer = server.get("/")
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-session=")
    assert {"Secure", "Path=/", "HttpOnly"} <= set(attributes)
    assert not [attribute for attribute in attributes if attribute.startswith("Domain")]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_guessable_cookie_key_is_refused(tmp_path: Path) -> None:
    server = Server(tmp_path, SECRET_KEY="too short")
    assert server.process.wait(60) == 2
    assert "SECRET_KEY" in server.log.read_text()
    assert "32 characters" in server.log.read_text()
