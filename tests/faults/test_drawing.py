"""Pictures that are drawn late: a stranger's heavy ones do not hold another's small ones."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from tests.faults.server import Server, started
from tests.faults.test_slow import evaluate
from tests.pictures import changed_scene, png, scene


def report(server: Server, a: bytes, b: bytes) -> dict[str, Any]:
    """Of a comparison whose pictures nobody asked for."""
    answer = server.post("/api/v1/evaluate", files={"a": a, "b": b}, data={"analyses": "pixel,ssim,regions,orb"})
    assert answer.status_code == 201
    return dict(answer.json())


def noise(seed: int, height: int) -> bytes:
    return png(np.random.default_rng(seed).integers(0, 4, (height, 4000, 3), np.uint8))


def test_small_drawings_do_not_wait_for_heavy_ones(tmp_path: Path) -> None:
    """Heavy ones take all slots but one, or all of them and wait."""
    with started(tmp_path, MAX_RUNNING="2") as server, ThreadPoolExecutor(20) as pool:
        assert set(pool.map(evaluate, [server] * 2)) == {201}, "both processes run"
        heavy = [report(server, noise(seed, 3000), noise(seed + 1, 3000)) for seed in (1, 3, 5)]
        small = [report(server, png(scene(size, 90)), png(changed_scene(size, 90))) for size in (120, 140)]

        def draw(drawn: dict[str, Any], *names: str) -> "list[Future[float]]":
            return [pool.submit(seconds, server, drawn["images"][name]) for name in names]

        first = draw(heavy[0], "a", "b", "difference")
        time.sleep(0.3)
        (alone,) = draw(small[0], "a")
        alone.result()
        assert not any(one.done() for one in first)
        others = draw(heavy[1], "a", "b") + draw(heavy[2], "a", "b")
        time.sleep(0.3)
        (between,) = draw(small[1], "a")
        between.result()
        assert sum(one.done() for one in first + others) <= 5, "one heavy report at least comes after it"
        took = [one.result() for one in first + others]
        print(
            f"\nsmall: {alone.result():.1f} and {between.result():.1f} s, heavy: {min(took):.1f} to {max(took):.1f} s"
        )


def seconds(server: Server, path: str) -> float:
    """How long it takes to get a picture."""
    began = time.monotonic()
    assert server.get(path).status_code == 200
    return time.monotonic() - began
