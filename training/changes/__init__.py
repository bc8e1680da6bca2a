"""What may change in a scene: things arrive, leave or move, surfaces take other colours, marks and text are added.

A change takes a scene, the shape of the place, another scene to take things from, and the generator, and returns the
scene changed. Scenes are uint8 BGR (side, side, 3), shapes float32 (side, side) in [0, 1], 1 inside. Changes that do
not depend on a place choose their own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from training.changes.marks import break_trace, bridge, crack, draw, scratch, specks
from training.changes.objects import clone, mirror, move, paste, put_down, resize_thing
from training.changes.places import place
from training.changes.removals import cover, miss, remove
from training.changes.surfaces import fill, recolour, shadow_beneath, stain
from training.changes.texts import edit_text, watermark
from training.changes.truth import certain, difference, known_change, plain_change, still_there, truth

__all__ = ["KINDS", "Change", "Kind", "apply_some", "place", "truth"]

Change = Callable[[UInt8, Float32, UInt8, np.random.Generator], UInt8]
MOST = 4


@dataclass(frozen=True)
class Kind:
    """One kind of change.

    share: of all changes.
    measure: which pixels it changed, from the scene before and after.
    shadow: in how many cases a shadow lies beneath the thing; the truth of the shadow is left unknown.
    in_place: whether nothing changes outside the place.
    """

    share: float
    change: Change
    measure: Callable[[UInt8, UInt8], Mask]
    shadow: float = 0.0
    in_place: bool = True


KINDS = [
    Kind(0.12, paste, known_change),
    Kind(0.11, put_down, known_change, shadow=0.5, in_place=False),
    Kind(0.10, remove, plain_change),
    Kind(0.06, cover, plain_change, in_place=False),
    Kind(0.06, miss, known_change, in_place=False),
    Kind(0.06, clone, plain_change),
    Kind(0.08, recolour, plain_change),
    Kind(0.04, fill, known_change),
    Kind(0.04, stain, known_change, in_place=False),
    Kind(0.05, mirror, plain_change),
    Kind(0.04, resize_thing, plain_change, in_place=False),
    Kind(0.05, move, plain_change, in_place=False),
    Kind(0.04, draw, known_change, in_place=False),
    Kind(0.04, scratch, known_change, in_place=False),
    Kind(0.03, crack, known_change, in_place=False),
    Kind(0.03, specks, known_change, in_place=False),
    Kind(0.02, break_trace, known_change, in_place=False),
    Kind(0.02, bridge, known_change, in_place=False),
    Kind(0.05, edit_text, known_change, in_place=False),
    Kind(0.03, watermark, known_change, in_place=False),
]
SHARES = np.array([kind.share for kind in KINDS]) / sum(kind.share for kind in KINDS)


def apply_some(scene: UInt8, other: UInt8, rng: np.random.Generator) -> tuple[UInt8, Mask, Mask]:
    """The scene with one to MOST changes, which pixels changed, and of which that can be said: bool (side, side).

    other: the scene that things are taken from.
    """
    after, changed = scene, np.zeros(scene.shape[:2], np.bool_)
    for _ in range(rng.integers(1, MOST + 1)):
        after, new = apply(KINDS[rng.choice(len(KINDS), p=SHARES)], after, other, rng)
        changed |= new
    apart = difference(scene, after)
    changed = still_there(changed, apart)
    return after, changed, certain(changed, apart)


def apply(kind: Kind, scene: UInt8, other: UInt8, rng: np.random.Generator) -> tuple[UInt8, Mask]:
    """The scene with one change of that kind, and which pixels it changed."""
    shape = place(scene.shape[0], rng)
    ground = shadow_beneath(scene, shape, rng) if rng.random() < kind.shadow else scene
    after = kind.change(ground, shape, other, rng)
    return after, kind.measure(ground, after)
