"""What may happen to a scene, with its name. Scenes are uint8 BGR (side, side, 3), things uint8 BGRA.

An event takes the scene as it is without anything of its own, and gives the scene before and after. The names are those
of app.vision.networks.kind_classifier; each event happens in reverse, too, where before and after are exchanged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.changes.places import blend, place
from training.changes.surfaces import shadow_beneath
from training.changes.texts import edit_text
from training.kinds.painting import contrast, pale, retouch, segment, tinted
from training.kinds.things import any_cut_out, thing, turned
from training.scenes.photographs import cut

# Before and after must differ by so many levels on average where something happened.
MIN_CONTRAST = 14
# The least contrast, in levels, with its surroundings of a thing that is there before and after.
MIN_OUTLINE = 10
# The standard deviation, in levels, of what counts as texture.
MIN_TEXTURE = 18


@dataclass(frozen=True)
class Source:
    """Where things come from: photographs, and things cut out of them."""

    photographs: list[Path]
    cut_outs: list[Path]

    def thing(self, rng: np.random.Generator) -> UInt8:
        """Any thing."""
        return thing(self.photographs, self.cut_outs, rng)


Outcome = tuple[UInt8, UInt8]
Event = Callable[[UInt8, Source, np.random.Generator], Outcome]


def disappear(scene: UInt8, source: Source, rng: np.random.Generator) -> Outcome:
    """A thing is gone; often the ground where it was is painted, as one who retouches has to."""
    kind = rng.random()
    if kind < 0.3 and source.cut_outs:
        scene, shape = photographed(scene.shape[0], source, rng)
    elif kind < 0.45:
        shape = segment(scene, rng)
    else:
        found, at = source.thing(rng), somewhere(scene, rng)
        _, shape = paste(scene, found, at)
        lit = shadow_beneath(scene, shape, rng) if rng.random() < 0.2 else scene
        with_thing, shape = paste(lit, found, at)
        return with_thing, retouch(scene, shape, rng) if rng.random() < 0.45 else scene
    return scene, retouch(scene, shape, rng)


def recolour(scene: UInt8, source: Source, rng: np.random.Generator) -> Outcome:
    """A thing, or a part of the scene that has one colour, in another colour with its texture kept."""
    kind = rng.random()
    if kind < 0.2 and source.cut_outs:
        scene, shape = photographed(scene.shape[0], source, rng)
    elif kind < 0.7:
        scene, shape = paste(scene, source.thing(rng), somewhere(scene, rng))
    else:
        shape = segment(scene, rng)
    before = pale(scene, shape, rng) if rng.random() < 0.2 else scene
    after = blend(scene, tinted(scene, shape, rng), shape)
    if min(contrast(picture, shape) for picture in (before, after)) < MIN_OUTLINE:
        return scene, scene  # it would look like a thing that appeared
    return before, after


def replace(scene: UInt8, source: Source, rng: np.random.Generator) -> Outcome:
    """A thing stands where another of about its size stood; now and then a much smaller one inside its outline.

    Much larger ones would teach that what appears before a busy scene replaces what it covers.
    """
    first, second = source.thing(rng), source.thing(rng)
    inside = rng.random() < 0.15
    areas = [np.count_nonzero(found[..., 3] > 127) + 1 for found in (first, second)]
    scale = np.sqrt(areas[0] / areas[1]) * np.exp(-rng.uniform(0.3, 1) if inside else rng.uniform(-0.25, 0.25))
    second = _resized(second, scale)
    at = somewhere(scene, rng)
    jitter = rng.normal(0, 0.06 * max(first.shape[:2]), 2).astype(np.float32)
    before, shape = paste(scene, first, at)
    ground = retouch(scene, shape, rng) if rng.random() < 0.3 else scene
    return before, paste(ground, second, at + jitter)[0]


def exchange(scene: UInt8, source: Source, rng: np.random.Generator) -> Outcome:
    """A thing that was photographed with its surroundings gives way to another thing."""
    if source.cut_outs:
        scene, shape = photographed(scene.shape[0], source, rng)
    else:
        shape = segment(scene, rng)
    x, y, width, height = cv2.boundingRect((shape > 0.5).view(np.uint8))
    if min(width, height) < 6:
        return scene, scene
    second = source.thing(rng)
    second = _resized(second, max(width, height) / max(second.shape[:2]) * rng.uniform(0.7, 1.0))
    at = np.array([x + width / 2, y + height / 2], np.float32)
    return scene, paste(retouch(scene, shape, rng), second, at)[0]


def _resized(found: UInt8, scale: float) -> UInt8:
    size = max(3, round(found.shape[1] * scale)), max(3, round(found.shape[0] * scale))
    return np.asarray(cv2.resize(found, size, interpolation=cv2.INTER_AREA), np.uint8)


def regroup(scene: UInt8, source: Source, rng: np.random.Generator) -> Outcome:
    """Some of a group of things that touch are others now, or gone: no single thing was replaced or disappeared."""
    extent = int(rng.integers(12, 30))
    things = [source.thing(rng) for _ in range(int(rng.integers(2, 4)))]
    things = [_resized(each, extent / max(each.shape[:2])) for each in things]
    middle = somewhere(scene, rng)
    before = after = scene
    places = [middle + rng.normal(0, 0.7 * extent, 2).astype(np.float32) for _ in range(int(rng.integers(4, 9)))]
    for number, at in enumerate(places):
        first = things[rng.integers(len(things))]
        before = paste(before, first, at)[0]
        if number < 2 or rng.random() < 0.5:
            then = things[rng.integers(len(things))] if rng.random() < 0.7 else None
            at = at + rng.normal(0, 0.4 * extent, 2).astype(np.float32)
        else:
            then = first
        if then is not None:
            after = paste(after, then, at)[0]
    return before, after


def move(scene: UInt8, source: Source, rng: np.random.Generator) -> Outcome:
    """A thing moved by less than its size, and sometimes turned a little."""
    found = source.thing(rng)
    at, extent = somewhere(scene, rng), np.array(found.shape[1::-1])
    angle = rng.uniform(0, 2 * np.pi)
    step = np.array([np.cos(angle), np.sin(angle)]) * extent * rng.uniform(0.12, 0.95)
    step = (step + np.sign(step) * 2).astype(np.float32)
    after = turned(found, float(rng.uniform(-12, 12))) if rng.random() < 0.3 else found
    before, shape = paste(scene, found, at)
    ground = retouch(scene, shape, rng) if rng.random() < 0.3 else scene
    return before, paste(ground, after, at + step)[0]


def turn(scene: UInt8, source: Source, rng: np.random.Generator) -> Outcome:
    """A thing is turned or mirrored where it stands, or larger or smaller."""
    found, at = source.thing(rng), somewhere(scene, rng)
    kind = rng.integers(3)
    if kind == 0:
        other = np.ascontiguousarray(found[:, ::-1] if rng.random() < 0.7 else found[::-1])
    elif kind == 1:
        other = turned(found, float(rng.uniform(30, 330)))
    else:
        other = turned(found, 0, float(np.exp(rng.choice([-1, 1]) * rng.uniform(0.3, 0.6))))
    return paste(scene, found, at)[0], paste(scene, other, at)[0]


def retexture(scene: UInt8, source: Source, rng: np.random.Generator) -> Outcome:
    """Other texture in a shape that is no thing's, on ground that has texture of its own; or turned, or coarse."""
    shape, side = place(scene.shape[0], rng), scene.shape[0]
    kind = rng.integers(4)
    if kind == 0:
        content = cut(source.photographs, side, rng)
    elif kind == 1:
        content = np.roll(scene, rng.integers(side // 5, side - side // 5, 2), (0, 1))
    elif kind == 2:
        content = scene[:, ::-1]
    else:
        block = int(rng.integers(3, 9))
        small = cv2.resize(scene, (max(2, side // block),) * 2, interpolation=cv2.INTER_AREA)
        content = np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_NEAREST), np.uint8)
    inside = shape > 0.5
    if min(picture[inside].std() if inside.any() else 0 for picture in (scene, content)) < MIN_TEXTURE:
        return scene, scene  # it would look like a thing that appeared or disappeared
    return scene, blend(scene, np.asarray(content, np.uint8), shape)


def rewrite(scene: UInt8, _source: Source, rng: np.random.Generator) -> Outcome:
    """Other words in the place of words."""
    return scene, edit_text(scene, place(scene.shape[0], rng), scene, rng)


def paste(scene: UInt8, found: UInt8, centre: Float32) -> tuple[UInt8, Float32]:
    """The scene with the thing about a point, and the thing's shape: float32 (side, side) in [0, 1]."""
    side = scene.shape[0]
    x, y = (centre - np.array(found.shape[1::-1]) / 2).round().astype(int)
    layer = np.zeros((side, side, 4), np.float32)
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + found.shape[1], side), min(y + found.shape[0], side)
    if left < right and top < bottom:
        layer[top:bottom, left:right] = found[top - y : bottom - y, left - x : right - x]
    shape = layer[..., 3] / np.float32(255)
    return blend(scene, layer[..., :3], shape), shape


def somewhere(scene: UInt8, rng: np.random.Generator) -> Float32:
    """A point, (x, y), not too near the edge."""
    side = scene.shape[0]
    return rng.uniform(0.2 * side, 0.8 * side, 2).astype(np.float32)


def photographed(side: int, source: Source, rng: np.random.Generator) -> tuple[UInt8, Float32]:
    """A photograph with the thing that it shows: the scene, and the thing's shape as of `paste`."""
    found = any_cut_out(source.cut_outs, rng)
    scale = side / min(found.shape[:2])
    large = cv2.resize(found, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    x, y = (int(rng.integers(0, extent - side + 1)) for extent in (large.shape[1], large.shape[0]))
    inside = large[y : y + side, x : x + side]
    return np.ascontiguousarray(inside[..., :3], np.uint8), np.asarray(inside[..., 3] / np.float32(255), np.float32)


# What happens, the kind of it, and how often.
EVENTS: list[tuple[str, Event, float]] = [
    ("disappeared", disappear, 0.46),
    ("recoloured", recolour, 0.16),
    ("replaced", replace, 0.12),
    ("replaced", exchange, 0.02),
    ("moved", move, 0.08),
    ("changed", turn, 0.06),
    ("changed", retexture, 0.06),
    ("changed", regroup, 0.05),
    ("changed", rewrite, 0.03),
]
