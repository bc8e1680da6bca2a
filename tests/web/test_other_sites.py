"""What pages of other sites make a browser send to the API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.execution.process_pool import ProcessPool
from tests.web.forms import QUICK, pictures
from tests.web.test_api import assert_problem


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_other_sites_cannot_use_the_api(
    client: FlaskClient, pair: str, report: dict[str, Any], site: str
) -> None:
    headers = {"Sec-Fetch-Site": site}
    for method, path in (
        ("POST", "/api/v1/pairs"),
        ("POST", "/api/v1/evaluate"),
        ("POST", f"/api/v1/pairs/{pair}/evaluate"),
        ("DELETE", f"/api/v1/pairs/{pair}"),
    ):
        answer = client.open(path, method=method, data=pictures() if method == "POST" else None, headers=headers)
        assert_problem(answer, 400, "Sec-Fetch-Site")
    assert client.get(report["links"]["self"], headers=headers).status_code == 200, "a link may lead to a report"
    for own in ("same-origin", "none"):
        sent = client.post(f"/api/v1/pairs/{pair}/evaluate", data={"analyses": QUICK}, headers={"Sec-Fetch-Site": own})
        assert sent.status_code == 200


def test_a_key_may_be_used_from_another_site(settings: Settings, workers: ProcessPool) -> None:
    """No page has it of which its owner does not know."""
    key = "0123456789-a-key"
    client = create_app(Settings(**settings.model_dump() | {"api_keys": key}), workers).test_client()
    headers = {"Sec-Fetch-Site": "cross-site", "X-API-Key": key}
    assert client.post("/api/v1/pairs", data=pictures(), headers=headers).status_code == 201
