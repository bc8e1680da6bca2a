"""The page that shows the API's description."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.web.openapi.schemas import kind, rows
from tests.web.links import Links


@pytest.fixture
def page(client: FlaskClient) -> str:
    return client.get("/api/docs").text


def test_every_link_leads_somewhere(client: FlaskClient, page: str) -> None:
    links = Links(page)
    assert links.inline_styles == 0, "the policy would block it"
    places = set(re.findall(r'\bid="([^"]+)"', page))
    for link in links.found:
        if link.startswith("#"):
            assert link[1:] in places, link
        else:
            assert client.get(link, buffered=True).status_code == 200, link


def test_no_place_has_the_name_of_another(page: str) -> None:
    places = re.findall(r'\bid="([^"]+)"', page)
    assert len(places) == len(set(places))


def test_each_route_has_its_place_and_an_example(client: FlaskClient, page: str) -> None:
    described = client.get("/api/v1/openapi.json").json
    for path, item in described["paths"].items():
        for method, operation in item.items():
            section = page.split(f'<section class="route" id="{operation["operationId"]}"')[1].split("</section>")[0]
            assert method.upper() in section
            assert f"<code>{path}</code>" in section
            assert ">curl " in section
            for status in operation["responses"]:
                assert f">{status}<" in section or f"<dt>{status} " in section


def test_each_error_has_the_place_that_its_type_names(client: FlaskClient, page: str) -> None:
    reported = client.get("/api/v1/reports/unknown").json["type"]
    assert reported == "/api/docs#problem-404"
    for status in (400, 404, 405, 413, 415, 422, 429, 503):
        assert f'id="problem-{status}"' in page


def test_the_options_are_reported_with_their_bounds_and_defaults(page: str) -> None:
    options = page.split('<h2 id="options">')[1].split("</table>")[0]
    row = options.split("<code>threshold</code>")[1].split("</tr>")[0]
    assert "number, from 0 to 1" in row
    assert "<code>0.1</code>" in row
    assert "pixelmatch" in row


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 10_000}, "whole number, from 1 to 10,000"),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "number, above 0 below 1"),
        ({"enum": ["auto", "<off>"]}, "<code>auto</code>, <code>&lt;off&gt;</code>"),
        ({"$ref": "#/components/schemas/Box"}, '<a href="#schema-Box">Box</a>'),
        ({"type": "array", "maxItems": 9, "items": {"type": "string"}}, "list of text, 9 at most"),
        ({"type": "array", "prefixItems": [{"type": "number"}] * 4}, "list of 4 values"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "time, RFC 3339 or null"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "object of true or false"),
        ({"type": "string", "contentSchema": {"type": "object"}}, "JSON as text: object"),
    ],
)
def test_what_a_value_may_be_in_words(schema: dict[str, Any], words: str) -> None:
    assert kind(schema) == words


def test_the_fields_of_a_schema() -> None:
    fields = {
        "a": {"type": "string", "format": "binary", "description": "Before."},
        "n": {"type": "integer", "default": 3},
    }
    first, second = rows({"properties": fields, "required": ["a"]})
    assert (first.name, first.kind, first.required, first.default, first.text) == ("a", "file", True, None, "Before.")
    assert (second.required, second.default) == (False, "3")
