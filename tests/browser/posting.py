"""Posting to a real server, with nothing but the standard library."""

import json
import urllib.request
import uuid
from typing import Any


def post_pair(server: str, a: bytes, b: bytes) -> dict[str, Any]:
    """Evaluate two pictures over HTTP; the report."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n\r\n'.encode() + data
        for name, data in (("a", a), ("b", b))
    ]
    body = b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()])
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(f"{server}/api/v1/evaluate", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))
