"""What happens to a picture without a change in the scene: light, lens, tone, sensor, file.

Pictures are float32 BGR (side, side, 3) in levels 0 to 255 while they pass through here.
"""

from collections.abc import Callable, Sequence

import numpy as np

from app.vision.arrays import Float32, UInt8
from training.nuisance.files import jpeg, reprint, webp
from training.nuisance.lens import bend_of_lens, defocus, halos, motion_blur, resample, sharpen
from training.nuisance.light import glare, gradient_light, haze, night, shadow, uneven_light, vignette
from training.nuisance.sensor import moire, noise, row_noise
from training.nuisance.tone import (
    exposure,
    few_colours,
    gray_copy,
    local_tone,
    saturation,
    sepia,
    strong_tone,
    white_balance,
)
from training.textures import field

__all__ = ["AUGMENTATIONS", "COLOURLESS", "Nuisance", "apply", "augment", "bend_of_lens", "choose", "field"]

# The level that three per cent of a picture exceed at most, unless the scene itself is so bright.
BRIGHTEST = 250.0
# So many pictures have bad conditions: everything is so much likelier, up to UTMOST, and six things happen on average.
BAD, WORSE, UTMOST = 0.3, 3.0, 0.8

Nuisance = Callable[[Float32, np.random.Generator], Float32]

# How often each happens, in the order of nature: light, lens, sensor, tone, file.
AUGMENTATIONS: list[tuple[float, Nuisance]] = [
    (0.16, shadow),
    (0.12, uneven_light),
    (0.06, gradient_light),
    (0.10, haze),
    (0.05, glare),
    (0.06, night),
    (0.04, vignette),
    (0.15, defocus),
    (0.06, motion_blur),
    (0.16, exposure),
    (0.16, white_balance),
    (0.03, moire),
    (0.24, noise),
    (0.03, row_noise),
    (0.06, local_tone),
    (0.04, strong_tone),
    (0.06, saturation),
    (0.025, gray_copy),
    (0.01, sepia),
    (0.05, sharpen),
    (0.04, halos),
    (0.11, resample),
    (0.03, few_colours),
    (0.03, reprint),
    (0.32, jpeg),
    (0.03, webp),
]
COLOURLESS = (gray_copy, sepia)


def augment(scene: UInt8, rng: np.random.Generator) -> UInt8:
    """The scene after some of what may happen to a picture."""
    return apply(scene, choose(rng), rng)


def choose(rng: np.random.Generator) -> list[Nuisance]:
    """What happens to one picture: two things on average, six under bad conditions."""
    more = WORSE if rng.random() < BAD else 1.0
    return [happen for odds, happen in AUGMENTATIONS if rng.random() < min(UTMOST, odds * more)]


def apply(scene: UInt8, nuisances: Sequence[Nuisance], rng: np.random.Generator) -> UInt8:
    """The scene after these, one after the other."""
    picture = scene.astype(np.float32)
    for happen in nuisances:
        picture = np.clip(_metered(happen(picture, rng)), 0, 255)
    return np.asarray(picture + 0.5, np.uint8)


def _metered(picture: Float32) -> Float32:
    """Exposed as a camera would: where all is white, a missing thing cannot be told from an overexposed one."""
    bright = float(np.quantile(picture[::8, ::8], 0.97))
    return np.asarray(picture * (BRIGHTEST / bright), np.float32) if bright > BRIGHTEST else picture
