"""How often the kind of a change is right, on pairs whose truth is known by construction.

    python -m bench.kinds --photos DIR [--pairs 60]

One change a pair, on photographs: a thing that is drawn or cut out of another photograph appears, disappears (one half
are painted over, the other half show what was behind it), is recoloured, replaced or moved; compared as given and
photographed anew (see bench/conditions.py).
"""

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.vision.alignment.align import align
from app.vision.arrays import UInt8
from app.vision.decoding.decode import Picture, decode
from app.vision.finders import combined
from app.vision.finders.detection.change_kind import classify
from app.vision.networks.runtime import prepare_tensorflow
from app.vision.options import Options
from app.vision.pair import make_pair
from app.vision.region import Box, Region, overlaps
from bench.conditions import photograph
from bench.table import table
from training.scenes import photographs

SIDES = 640, 480
SMALLEST, LARGEST = 36, 150
SEED = 8


@dataclass(frozen=True)
class Case:
    """Two photographs, uint8 BGR, with the kind of the change, its box in A, and in B if it moved there."""

    a: UInt8
    b: UInt8
    kind: str
    box: Box
    moved_to: Box | None = None


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.kinds", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--photos",
        type=Path,
        required=True,
        help="photographs that no network was trained on: *_a.* if there are such, else those that training holds out",
    )
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--sheet", type=Path, help="a picture to write: the cases that were not right")
    options = parser.parse_args()
    prepare_tensorflow()
    paths = sorted(options.photos.glob("*_a.*")) or photographs(options.photos)[1]
    made = [case(paths, number) for number in range(options.pairs)]
    rows, wrong = [], []
    for name, condition in (("as given", lambda image: image), ("photographed anew", photograph)):
        right: Counter[str] = Counter()
        moved = 0
        for each in made:
            regions = _regions(each.a, condition(each.b))
            hits = [
                r for r in regions if overlaps(r.box, each.box) or (each.moved_to and overlaps(r.box, each.moved_to))
            ]
            good = bool(hits) and all(r.kind == each.kind for r in hits)
            right[each.kind] += good
            moved += each.moved_to is not None and any(_arrived(r, each.moved_to) for r in hits)
            if not good:
                wrong.append(_tile(each, condition(each.b), name, hits))
        kinds = sorted({each.kind for each in made})
        total = Counter(each.kind for each in made)
        rows.append(
            (name, f"{right.total()} of {len(made)}", *(f"{right[k]} of {total[k]}" for k in kinds), str(moved))
        )
    print(table(("condition", "right", *kinds, "moved_to right"), rows))
    if options.sheet and wrong:
        cv2.imwrite(str(options.sheet), np.vstack(wrong))


def case(paths: list[Path], number: int) -> Case:
    """The case with this number; the kinds take turns."""
    rng = np.random.default_rng([SEED, number])
    ground = _photograph(paths, rng)
    make = (_appeared, _disappeared, _recoloured, _replaced, _moved)[number % 5]
    return make(ground, paths, rng)


def _appeared(ground: UInt8, paths: list[Path], rng: np.random.Generator) -> Case:
    sprite, at = _sprite(paths, rng), _corner(rng)
    return Case(ground, _stamp(ground, sprite, at), "appeared", _box(sprite, at))


def _disappeared(ground: UInt8, paths: list[Path], rng: np.random.Generator) -> Case:
    sprite, at = _sprite(paths, rng), _corner(rng)
    a, box = _stamp(ground, sprite, at), _box(sprite, at)
    if rng.random() < 0.5:
        return Case(a, ground, "disappeared", box)
    hole = np.zeros(a.shape[:2], np.uint8)
    hole[box.slices] = (sprite[..., 3] > 0) * np.uint8(255)
    hole = np.asarray(cv2.dilate(hole, np.ones((5, 5), np.uint8)), np.uint8)
    return Case(a, np.asarray(cv2.inpaint(a, hole, 7, cv2.INPAINT_NS), np.uint8), "disappeared", box)


def _recoloured(ground: UInt8, paths: list[Path], rng: np.random.Generator) -> Case:
    sprite, at = _sprite(paths, rng), _corner(rng)
    lab = cv2.cvtColor(sprite[..., :3], cv2.COLOR_BGR2LAB).astype(np.float32)
    if rng.random() < 0.7:
        angle = rng.uniform(0.8, 5.4)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        lab[..., 1:] = (lab[..., 1:] - 128) @ turn.T + 128 + rng.choice([-1, 1], 2) * rng.uniform(18, 45, 2)
    else:
        lab[..., 0] = lab[..., 0] * (0.6 if lab[..., 0].mean() > 110 else 1.3) + rng.uniform(-12, 12)
    other = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2BGR)
    tinted = np.asarray(np.dstack([other, sprite[..., 3]]), np.uint8)
    return Case(_stamp(ground, sprite, at), _stamp(ground, tinted, at), "recoloured", _box(sprite, at))


def _replaced(ground: UInt8, paths: list[Path], rng: np.random.Generator) -> Case:
    first, second, at = _sprite(paths, rng), _sprite(paths, rng), _corner(rng)
    scale = np.sqrt(first[..., 3].sum(dtype=np.float64) / second[..., 3].sum(dtype=np.float64))
    second = np.asarray(cv2.resize(second, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    offset = (np.array(first.shape[1::-1]) - second.shape[1::-1]) // 2
    x, y = np.clip(at + offset, 0, np.array(SIDES) - second.shape[1::-1]).tolist()
    return Case(_stamp(ground, first, at), _stamp(ground, second, (x, y)), "replaced", _box(first, at))


def _moved(ground: UInt8, paths: list[Path], rng: np.random.Generator) -> Case:
    sprite = _sprite(paths, rng)
    height, width = sprite.shape[:2]
    while True:
        at, to = _corner(rng), _corner(rng)
        step = np.abs(np.subtract(at, to)) / (width, height)
        if max(step) > 0.25:
            break
    a, b = _stamp(ground, sprite, at), _stamp(ground, sprite, to)
    return Case(a, b, "moved", _box(sprite, at), _box(sprite, to))


def _photograph(paths: list[Path], rng: np.random.Generator) -> UInt8:
    picture = cv2.imread(str(paths[rng.integers(len(paths))]), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("a photograph cannot be read")
    return np.asarray(cv2.resize(picture, SIDES, interpolation=cv2.INTER_AREA), np.uint8)


def _corner(rng: np.random.Generator) -> tuple[int, int]:
    x, y = rng.integers(4, np.array(SIDES) - LARGEST - 4).tolist()
    return x, y


def _box(sprite: UInt8, at: tuple[int, int]) -> Box:
    return Box(*at, sprite.shape[1], sprite.shape[0])


def _stamp(ground: UInt8, sprite: UInt8, at: tuple[int, int]) -> UInt8:
    after, box = ground.astype(np.float32), _box(sprite, at)
    alpha = sprite[..., 3:].astype(np.float32) / 255
    after[box.slices] = after[box.slices] * (1 - alpha) + sprite[..., :3] * alpha
    return np.asarray(after + 0.5, np.uint8)


def _sprite(paths: list[Path], rng: np.random.Generator) -> UInt8:
    """A thing with alpha, uint8 BGRA: a piece of another photograph, or drawn."""
    extent = int(rng.integers(SMALLEST, LARGEST))
    if rng.random() < 0.4:
        return _piece(paths, extent, rng)
    draw = SPRITES[rng.integers(len(SPRITES))]
    return _lit(draw(extent * 2, rng), extent)


def _piece(paths: list[Path], extent: int, rng: np.random.Generator) -> UInt8:
    """What lies in a soft superellipse of another photograph."""
    other = _photograph(paths, rng)
    height = max(20, int(extent * rng.uniform(0.6, 1)))
    x, y = int(rng.integers(0, SIDES[0] - extent)), int(rng.integers(0, SIDES[1] - height))
    v, u = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : extent * 1j]
    power = rng.uniform(2, 6)
    alpha = np.clip((1 - np.abs(u) ** power - np.abs(v) ** power) * extent / 6, 0, 1)
    return np.asarray(np.dstack([other[y : y + height, x : x + extent], alpha * 255]), np.uint8)


def _lit(sprite: UInt8, extent: int) -> UInt8:
    """At half the size, with light from the top left."""
    small = cv2.resize(sprite, (extent, extent), interpolation=cv2.INTER_AREA).astype(np.float32)
    y, x = np.mgrid[1 : -1 : extent * 1j, 1 : -1 : extent * 1j]
    small[..., :3] *= (1 + 0.22 * (x + y))[..., None]
    return np.asarray(np.clip(small, 0, 255), np.uint8)


def _ink(rng: np.random.Generator) -> tuple[int, int, int, int]:
    blue, green, red = rng.integers(25, 225, 3).tolist()
    return blue, green, red, 255


def _ball(extent: int, rng: np.random.Generator) -> UInt8:
    sprite = np.zeros((extent, extent, 4), np.uint8)
    middle, radius = extent // 2, extent // 2 - 3
    cv2.circle(sprite, (middle, middle), radius, _ink(rng), -1, cv2.LINE_AA)
    cv2.ellipse(sprite, (middle, middle), (radius, radius // 3), rng.uniform(0, 180), 0, 360, _ink(rng), radius // 6)
    return _clipped(sprite, middle, radius)


def _clipped(sprite: UInt8, middle: int, radius: int) -> UInt8:
    disc = np.zeros(sprite.shape[:2], np.uint8)
    cv2.circle(disc, (middle, middle), radius, 255, -1, cv2.LINE_AA)
    sprite[..., 3] = np.minimum(sprite[..., 3], disc)
    return sprite


def _star(extent: int, rng: np.random.Generator) -> UInt8:
    sprite = np.zeros((extent, extent, 4), np.uint8)
    points = int(rng.integers(4, 8))
    angles = np.arange(2 * points) * np.pi / points
    radii = np.where(np.arange(2 * points) % 2, rng.uniform(0.35, 0.6), 1.0) * (extent / 2 - 3)
    outline = (extent / 2 + np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None]).astype(np.int32)
    cv2.fillPoly(sprite, [outline], _ink(rng), cv2.LINE_AA)
    cv2.circle(sprite, (extent // 2, extent // 2), extent // 8, _ink(rng), -1, cv2.LINE_AA)
    return sprite


def _bottle(extent: int, rng: np.random.Generator) -> UInt8:
    sprite, third = np.zeros((extent, extent, 4), np.uint8), extent // 3
    glass = _ink(rng)
    cv2.rectangle(sprite, (third, third), (2 * third, extent - 3), glass, -1)
    cv2.rectangle(sprite, (third + third // 3, 3), (2 * third - third // 3, third), glass, -1)
    cv2.rectangle(sprite, (third, extent // 2), (2 * third, extent // 2 + third // 2), _ink(rng), -1)
    return sprite


def _sign(extent: int, rng: np.random.Generator) -> UInt8:
    sprite = np.zeros((extent, extent, 4), np.uint8)
    cv2.rectangle(sprite, (3, extent // 4), (extent - 3, 3 * extent // 4), _ink(rng), -1)
    text = str(rng.choice(["EXIT", "SALE", "No 5", "CAFE"]))
    size = extent / 110
    cv2.putText(sprite, text, (extent // 8, int(extent * 0.6)), cv2.FONT_HERSHEY_DUPLEX, size, _ink(rng), 4)
    return sprite


SPRITES: list[Callable[[int, np.random.Generator], UInt8]] = [_ball, _star, _bottle, _sign]


def _regions(a: UInt8, b: UInt8) -> list[Region]:
    first, second = _picture(a), _picture(b)
    pair = make_pair(first, second, align(first, second, "auto"), ())
    return classify(combined.find(pair, Options()), pair)


def _picture(image: UInt8) -> Picture:
    return decode(cv2.imencode(".png", image)[1].tobytes(), image.size)


def _arrived(region: Region, box: Box) -> bool:
    """Whether the region says that it moved to about this box."""
    to = region.moved_to
    if to is None:
        return False
    across = min(to.x + to.width, box.x + box.width) - max(to.x, box.x)
    down = min(to.y + to.height, box.y + box.height) - max(to.y, box.y)
    inside = max(across, 0) * max(down, 0)
    return inside / (to.width * to.height + box.width * box.height - inside) > 1 / 3


def _tile(each: Case, b: UInt8, name: str, hits: list[Region]) -> UInt8:
    """A strip of the sheet: A, B, the truth and what was found."""
    pair = np.hstack([cv2.resize(each.a, (320, 240)), cv2.resize(b, (320, 240))])
    found = ", ".join(r.kind for r in hits) or "not found"
    cv2.putText(pair, f"{name}: {each.kind}; {found}", (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 255), 1)
    x, y = each.box.x // 2, each.box.y // 2
    cv2.rectangle(pair, (x, y), (x + each.box.width // 2, y + each.box.height // 2), (0, 255, 255), 1)
    return np.asarray(pair, np.uint8)


if __name__ == "__main__":
    main()
