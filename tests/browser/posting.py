"""Requests to a real server with the standard library."""

import json
import urllib.request
import uuid
from typing import Any


def post_pair(server: str, a: bytes, b: bytes, **options: str) -> dict[str, Any]:
    """Evaluate two pictures over HTTP with options as form fields, and return the report."""
    boundary = uuid.uuid4().hex
    fields = [(f'name="{name}"; filename="{name}.png"', data) for name, data in (("a", a), ("b", b))]
    fields += [(f'name="{name}"', value.encode()) for name, value in options.items()]
    head = f"--{boundary}\r\nContent-Disposition: form-data; "
    parts = [f"{head}{field}\r\n\r\n".encode() + data for field, data in fields]
    body = b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()])
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(f"{server}/api/v1/evaluate", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))
