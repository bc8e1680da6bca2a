from flask.testing import FlaskClient


def test_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.post("/healthz").status_code == 405


def test_ready_without_weights(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["storage"] == answer.json["queue"] == "ok"
    assert answer.json["models"]["classification"] is False
