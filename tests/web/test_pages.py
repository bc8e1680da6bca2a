import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.vision.analyses import default_analyses
from app.vision.analysis import Unavailable
from app.vision.finders import FINDERS
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding
from tests.web.forms import QUICK, A, pictures
from tests.web.here import Here
from tests.web.links import Links

UNKNOWN = "0" * 32
JSON = {"Accept": "application/json"}
NO_LIST = 'aria-labelledby="recent-title" hidden'
IGNORED = '[{"x": 0, "y": 0, "width": 9, "height": 9}]'


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.fixture
def token(client: FlaskClient) -> str:
    """The token of the front page, as its form posts it."""
    return client.get("/").text.split('name="csrf_token" value="')[1].split('"')[0]


def names(page: str) -> list[str]:
    """The names in the recent list."""
    return re.findall('data-name="([^"]*)"', page)


class MethodsForm(HTMLParser):
    """The form of a report page that starts the comparison of the methods, or returns from it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.chosen = "", False
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.chosen = values.get("class") == "again"  # of several that compare again
        if tag == "form" and self.chosen:
            self.action, self.fields = values["action"], {}
        if values.get("type") == "hidden" and self.chosen:
            self.fields[values["name"]] = values["value"]


def test_the_front_page_needs_no_script(client: FlaskClient) -> None:
    page = client.get("/").text
    assert page.count('type="file"') == 2
    assert 'enctype="multipart/form-data"' in page
    assert NO_LIST in page


def test_every_link_of_every_page_works(client: FlaskClient, token: str) -> None:
    pair = client.post("/upload", data=pictures(csrf_token=token)).headers["Location"]
    report = client.post(f"{pair}/evaluate", data={"csrf_token": token, "analyses": QUICK}).headers["Location"]
    for address in ("/", pair, report):
        links = Links(client.get(address).text)
        assert links.inline_styles == 0, "the policy would block it"
        for link in links.found:
            if link.startswith("/") and link not in ("/upload", f"{pair}/evaluate"):
                assert client.get(link, buffered=True).status_code == 200, link


def test_upload_redirects_to_the_pair_and_then_the_report(client: FlaskClient, token: str) -> None:
    uploaded = client.post("/upload", data=pictures(csrf_token=token))
    assert uploaded.status_code == 303
    assert uploaded.headers["Location"].startswith("/pairs/")
    assert "Compare" in client.get(uploaded.headers["Location"]).text
    evaluated = client.post(f"{uploaded.headers['Location']}/evaluate", data={"csrf_token": token, "analyses": QUICK})
    assert evaluated.status_code == 303
    report = client.get(evaluated.headers["Location"])
    assert report.status_code == 200
    assert "1 thing appeared." in report.text
    assert "1 thing appeared." in client.get("/").text, "it is among the recent ones"


def test_upload_answers_json_on_request(client: FlaskClient, token: str) -> None:
    pair = client.post("/upload", data=pictures(csrf_token=token), headers=JSON).json
    report = client.post(pair["links"]["evaluate_page"], data={"csrf_token": token, "analyses": "pixel"}, headers=JSON)
    assert client.get(report.json["links"]["page"]).status_code == 200


def test_recent_reports_belong_to_their_browser(client: FlaskClient, app: Flask, token: str) -> None:
    client.post("/upload", data=pictures(csrf_token=token))
    assert names(client.get("/").text) == ["a.png → b.png"]
    assert NO_LIST in app.test_client().get("/").text
    assert names(app.test_client().get("/?q=a").text) == []


def test_recent_reports_are_searchable_and_paged(client: FlaskClient, token: str) -> None:
    for number in range(14):
        data = pictures(csrf_token=token)
        data["a"] = (data["a"][0], f"N{number}.png")
        client.post("/upload", data=data)
    listed = names(client.get("/").text) + names(client.get("/?skip=12").text)
    assert listed == [f"N{number}.png → b.png" for number in range(13, -1, -1)]
    assert "skip=12#recent" in client.get("/").text
    assert "Show more" not in client.get("/?skip=12").text
    assert names(client.get("/?q=n1").text) == [f"N{number}.png → b.png" for number in (13, 12, 11, 10, 1)]
    assert "q=n&amp;skip=12#recent" in client.get("/?q=n").text


@pytest.mark.parametrize("query", ["q=%25", "q=_", "q=%00", "q=%ff", "q=<script>", "skip=99", f"skip={'9' * 99}"])
def test_a_search_without_hits_says_so(client: FlaskClient, token: str, query: str) -> None:
    client.post("/upload", data=pictures(csrf_token=token))
    page = client.get(f"/?{query}").text
    assert names(page) == []
    assert NO_LIST not in page
    assert "No file here has" in page or "There is nothing older" in page
    assert "<script>”" not in page


@pytest.mark.parametrize("query", ["skip=-1", "skip=x", "skip=", "q=", "q=%20"])
def test_empty_or_malformed_queries_show_the_newest(client: FlaskClient, token: str, query: str) -> None:
    client.post("/upload", data=pictures(csrf_token=token))
    assert names(client.get(f"/?{query}").text) == ["a.png → b.png"]


@pytest.mark.parametrize("path", ["/upload", f"/pairs/{UNKNOWN}/evaluate"])
def test_a_post_without_the_token_is_refused(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=pictures())
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "csrf_token" in answer.text


def test_errors_are_pages_that_name_the_field(client: FlaskClient, token: str) -> None:
    missing = client.post("/upload", data=pictures(b=None, csrf_token=token))
    assert (missing.status_code, missing.mimetype) == (400, "text/html")
    assert "b: the picture is missing" in missing.text
    foreign = client.post("/upload", data=pictures(a=b"<script>alert(1)</script>", csrf_token=token))
    assert foreign.status_code == 415


def test_errors_are_problems_on_request(client: FlaskClient, token: str) -> None:
    broken = client.post("/upload", data=pictures(b=A[:500], csrf_token=token), headers=JSON)
    assert (broken.status_code, broken.mimetype) == (422, "application/problem+json")
    assert broken.json["field"] == "b"


@pytest.mark.parametrize(
    "path",
    [
        f"/pairs/{UNKNOWN}",
        f"/pairs/{UNKNOWN}/pictures/a",
        f"/reports/{UNKNOWN}",
        "/nothing",
    ],
)
def test_unknown_ids_and_addresses(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Compare two pictures" in answer.text


def test_wrong_methods(client: FlaskClient, pair: str) -> None:
    assert client.get("/upload").status_code == 405
    assert client.get(f"/pairs/{pair}/evaluate").status_code == 405


def test_a_pairs_pictures(client: FlaskClient, pair: str) -> None:
    assert client.get(f"/pairs/{pair}/pictures/a").mimetype in ("image/png", "image/jpeg")
    assert client.get(f"/pairs/{pair}/pictures/c").status_code == 404


def test_the_report_page_has_a_card_for_each_analysis(client: FlaskClient) -> None:
    report = client.post("/api/v1/evaluate", data=pictures()).json
    page = client.get(report["links"]["page"]).text
    for name in default_analyses():
        assert f'id="card-{name}"' in page
    assert "By EfficientNet-Lite0 on " in page


def test_a_report_page_links_the_comparison_of_the_methods_and_back(client: FlaskClient) -> None:
    asked = pictures(analyses=QUICK, threshold="0.3", ignore=IGNORED, finder="ssim", gradient='{"metric": "ssim"}')
    report = client.post("/api/v1/evaluate", data=asked).json
    page = client.get(report["links"]["page"]).text
    assert 'id="card-methods"' not in page
    there = MethodsForm(page)
    answer = client.post(there.action, data=there.fields)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    for name in FINDERS:
        assert f'id="method-{name}"' in page
    assert "used in this report" in page.split('id="method-ssim"')[1].split("</li>")[0]
    assert page.count("used in this report") == 1
    shown = client.get(f"/api/v1{answer.headers['Location']}").json
    assert shown["verdict"] == report["verdict"]
    assert shown["options"] == {**report["options"], "analyses": ["methods"]}
    back = MethodsForm(page)
    assert set(there.fields) - set(back.fields) == {"analyses"}, "so that the default ones run"
    assert back.action == there.action


def test_the_comparison_of_the_methods_needs_a_pair_and_the_token(client: FlaskClient, pair: str, token: str) -> None:
    fields = {"analyses": "methods"}
    assert client.post(f"/pairs/{pair}/evaluate", data=fields).status_code == 400
    assert client.post(f"/pairs/{UNKNOWN}/evaluate", data={**fields, "csrf_token": token}).status_code == 404


def test_a_method_that_is_not_available_says_why(
    app: Flask, client: FlaskClient, pair: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.extensions["image_diff"] = replace(app.extensions["image_diff"], workers=Here())

    def absent(_pair: Pair, _options: Options) -> Finding:
        raise Unavailable("It needs <more>.")

    def ask() -> dict[str, Any]:
        return dict(client.post(f"/api/v1/pairs/{pair}/evaluate", json={"analyses": "methods"}).json or {})

    with monkeypatch.context() as patched:
        for finder in FINDERS.values():
            patched.setattr(finder, "find", absent)
        report = ask()
    page = client.get(report["links"]["page"]).text
    assert page.count("Not available here. It needs &lt;more&gt;.") == len(FINDERS)
    assert "methods_ssim" not in page
    later = ask()
    assert later["id"] != report["id"], "it was asked anew"
    assert later["id"] == ask()["id"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.png", '"><img src=x onerror=alert(1)>.png'])
def test_a_file_name_is_always_escaped(client: FlaskClient, name: str) -> None:
    files = pictures(analyses="pixel")
    files["a"] = (files["a"][0], name)
    report = client.post("/api/v1/evaluate", data=files).json
    for page in (client.get(report["links"]["page"]), client.get(report["links"]["download"])):
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
