"""Random colours, as BGR triples of whole levels."""

import numpy as np

Colour = tuple[int, int, int]


def colour(rng: np.random.Generator) -> Colour:
    """Any colour; two in five are grays."""
    if rng.random() < 0.4:
        return gray(int(rng.integers(256)))
    blue, green, red = rng.integers(0, 256, 3).tolist()
    return blue, green, red


def gray(level: int) -> Colour:
    """A gray of that level."""
    return level, level, level


def shifted(base: Colour, amount: float, rng: np.random.Generator) -> Colour:
    """A colour near `base`, each channel up to `amount` levels away."""
    blue, green, red = np.clip(np.array(base) + rng.uniform(-amount, amount, 3), 0, 255).astype(int).tolist()
    return blue, green, red


def dark(rng: np.random.Generator) -> Colour:
    """The colour of an ink: black mostly, else a dark blue, red or green."""
    return gray(int(rng.integers(0, 70))) if rng.random() < 0.6 else shifted((60, 50, 60), 60, rng)


def bright(rng: np.random.Generator) -> Colour:
    """A saturated colour, as charts and icons use."""
    low, middle, high = int(rng.integers(0, 90)), int(rng.integers(0, 256)), int(rng.integers(170, 256))
    blue, green, red = rng.permutation([low, middle, high]).tolist()
    return blue, green, red


def light(rng: np.random.Generator) -> Colour:
    """The colour of paper or of a page: nearly white, sometimes tinted."""
    return shifted(gray(int(rng.integers(228, 256))), 10 if rng.random() < 0.5 else 0, rng)
