"""Forms that the web tests post."""

import io
from typing import Any

from tests.pictures import changed_scene, png, scene

A, B = png(scene()), png(changed_scene())

# All but MobileNet and the slow: what most tests of routes need.
QUICK = "pixel,regions"


def pictures(a: bytes | None = A, b: bytes | None = B, **fields: Any) -> dict[str, Any]:
    """The form of two pictures and options; None leaves one out."""
    files = {"a": a, "b": b}
    return {**{name: (io.BytesIO(data), f"{name}.png") for name, data in files.items() if data is not None}, **fields}
