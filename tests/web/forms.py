"""Forms that the web tests post."""

import io
from typing import Any

from tests.pictures import changed_scene, png, scene

A, B = png(scene()), png(changed_scene())

# The fast analyses, which are enough for most tests of routes.
QUICK = "pixel,regions"


def pictures(a: bytes | None = A, b: bytes | None = B, **fields: Any) -> dict[str, Any]:
    """A form with two pictures and options; a picture of None is omitted."""
    files = {"a": a, "b": b}
    return {**{name: (io.BytesIO(data), f"{name}.png") for name, data in files.items() if data is not None}, **fields}
