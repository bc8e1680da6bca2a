"""What may change in a scene: things pasted, removed, recoloured, moved, mirrored, written, drawn.

A change takes a scene and the shape of the place, and gives the scene changed. Scenes are uint8 BGR (side, side, 3),
shapes float32 (side, side) in [0, 1], 1 inside.
"""

from collections.abc import Callable

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from training.scenes import colour, draw_element

Change = Callable[[UInt8, Float32, UInt8, np.random.Generator], UInt8]

# Half the extent of a changed place in pixels: from a speck to a large thing.
SMALLEST, LARGEST = 3, 45
MOST = 4
# A pixel changed if it did by more levels than PLAIN, and did not by less than FAINT; between, nobody is asked.
PLAIN, FAINT = 26, 8
FEWEST_PIXELS = 14


def apply_some(scene: UInt8, other: UInt8, rng: np.random.Generator) -> tuple[UInt8, Mask, Mask]:
    """The scene with one to MOST changes, which pixels changed, and of which that can be said: bool (side, side).

    other: the scene that pasted things are from.
    """
    after = scene.copy()
    for _ in range(rng.integers(1, MOST + 1)):
        shape = place(scene.shape[0], rng)
        after = CHANGES[rng.choice(len(CHANGES), p=ODDS)](after, shape, other, rng)
    return after, *truth(scene, after)


def truth(before: UInt8, after: UInt8) -> tuple[Mask, Mask]:
    """Which pixels changed, holes closed and specks dropped, and of which pixels that can be said."""
    blue, green, red = cv2.split(cv2.absdiff(before, after))
    apart = cv2.GaussianBlur(cv2.max(cv2.max(blue, green), red), (0, 0), 0.8)
    plain = cv2.morphologyEx((apart > PLAIN).view(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(plain)
    large = stats[:, cv2.CC_STAT_AREA] >= FEWEST_PIXELS
    large[0] = False
    changed = np.asarray(large[labels], np.bool_)
    # Beside a change, blurred as it is, pixels may belong to it or not.
    beside = cv2.dilate(changed.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    return changed, np.asarray(changed | ((apart < FAINT) & ~beside), np.bool_)


def place(side: int, rng: np.random.Generator) -> Float32:
    """A blob, an ellipse, or a rectangle, with an edge that is hard or soft."""
    shape = np.zeros((side, side), np.float32)
    half = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST)))
    centre = rng.uniform(8, side - 8, 2)
    axes = half * np.exp(rng.uniform(-0.6, 0.3, 2))
    kind = rng.integers(4)
    if kind == 0:
        corner, far = (centre - axes).astype(int).tolist(), (centre + axes).astype(int).tolist()
        cv2.rectangle(shape, corner, far, 1, -1)
    elif kind == 1:
        cv2.ellipse(shape, (centre.astype(int).tolist()), axes.astype(int).tolist(), rng.uniform(0, 180), 0, 360, 1, -1)
    else:
        turn = np.linspace(0, 2 * np.pi, rng.integers(5, 14), endpoint=False)
        radii = rng.uniform(0.5, 1.2, len(turn))
        points = centre + axes * np.column_stack([np.cos(turn), np.sin(turn)]) * radii[:, None]
        cv2.fillPoly(shape, [points.astype(np.int32)], 1)
    soft = rng.uniform(0.3, 2.0)
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), soft) if rng.random() < 0.7 else shape, np.float32)


def blend(scene: UInt8, content: UInt8 | Float32, shape: Float32) -> UInt8:
    """The content inside the shape, the scene elsewhere."""
    share = shape[..., None]
    return np.asarray(np.clip(scene * (1 - share) + content * share + 0.5, 0, 255), np.uint8)


def paste(scene: UInt8, shape: Float32, other: UInt8, rng: np.random.Generator) -> UInt8:
    """Something from another scene, sometimes in tones like those around."""
    content = np.roll(other, rng.integers(0, other.shape[0], 2), (0, 1))
    return blend(scene, _toned(content, scene, shape) if rng.random() < 0.4 else content, shape)


def _toned(content: UInt8, scene: UInt8, shape: Float32) -> Float32:
    inside = shape > 0.1
    if not inside.any():
        return content.astype(np.float32)
    of, to = content[inside].astype(np.float32), scene[inside].astype(np.float32)
    gain = np.clip((to.std(0) + 4) / (of.std(0) + 4), 0.5, 2)
    return np.asarray(np.clip((content - of.mean(0)) * gain + to.mean(0), 0, 255), np.float32)


def remove(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """The thing is gone: painted over from its surroundings, with grain like theirs."""
    ys, xs = np.nonzero(shape > 0.05)
    if not len(ys):
        return scene
    room = 6
    window = slice(max(ys.min() - room, 0), ys.max() + room), slice(max(xs.min() - room, 0), xs.max() + room)
    gone = (shape[window] > 0.05).view(np.uint8)
    scale = min(1.0, 32 / max(gone.shape))  # what is painted over is smooth anyway, and large places take long
    small = cv2.resize(scene[window], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    hole = cv2.resize(gone, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST)
    hole = cv2.dilate(hole, np.ones((3, 3), np.uint8))
    painted = cv2.inpaint(small, hole, 3, (cv2.INPAINT_TELEA, cv2.INPAINT_NS)[rng.integers(2)])
    painted = cv2.resize(painted, (gone.shape[1], gone.shape[0]), interpolation=cv2.INTER_LINEAR)
    grain = rng.normal(0, rng.uniform(0, 4), gone.shape)[..., None]
    after = scene.copy()
    after[window] = blend(scene[window], np.clip(painted + grain, 0, 255).astype(np.float32), shape[window])
    return after


def clone(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Covered with another part of the same scene, as a forger would."""
    side = scene.shape[0]
    shift = rng.integers(side // 8, side - side // 8, 2)
    return blend(scene, np.roll(scene, shift, (0, 1)), shape)


def recolour(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Another hue, saturation or lightness, with the texture kept."""
    kind = rng.integers(3)
    if kind == 0:
        hsv = cv2.cvtColor(scene, cv2.COLOR_BGR2HSV).astype(np.int32)
        hsv[..., 0] = (hsv[..., 0] + rng.integers(25, 155)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] + rng.integers(0, 90), 0, 255)
        return blend(scene, np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR), np.uint8), shape)
    if kind == 1:
        return blend(scene, scene[..., rng.permutation(3)], shape)
    gains = rng.uniform(0.4, 1.7, 3)
    return blend(scene, np.clip(scene * gains + rng.uniform(-40, 40, 3), 0, 255).astype(np.float32), shape)


def mirror(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Flipped or turned about the middle of the place."""
    ys, xs = np.nonzero(shape > 0.05)
    if not len(ys):
        return scene
    x, y = (xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2
    if rng.random() < 0.5:
        matrix = np.array([[-1.0, 0, 2 * x], [0, 1, 0]])
    else:
        matrix = cv2.getRotationMatrix2D((x, y), rng.uniform(25, 335), rng.uniform(0.7, 1.4))
    side = scene.shape[0]
    turned = cv2.warpAffine(scene, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return blend(scene, np.asarray(turned, np.uint8), shape)


def move(scene: UInt8, shape: Float32, other: UInt8, rng: np.random.Generator) -> UInt8:
    """The thing is gone from here and stands elsewhere."""
    side = scene.shape[0]
    dx, dy = rng.integers(-side // 3, side // 3, 2).tolist()
    matrix = np.array([[1.0, 0, dx], [0, 1, dy]])
    there = cv2.warpAffine(scene, matrix, (side, side), borderMode=cv2.BORDER_REFLECT_101)
    where = cv2.warpAffine(shape, matrix, (side, side))
    return blend(remove(scene, shape, other, rng), np.asarray(there, np.uint8), np.asarray(where, np.float32))


def draw(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Text, a line, a disc, a panel."""
    after = scene.copy()
    draw_element(after, rng)
    # Half of them are large: too much of a scene would be new.
    return after if truth(scene, after)[0].mean() < 0.25 else scene


def fill(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """One colour: any, or one of the scene, as dirt, holes, bridges and stains have it."""
    y, x = rng.integers(0, scene.shape[0], 2)
    ink = scene[y, x] if rng.random() < 0.6 else np.array(colour(rng))
    grain = rng.normal(0, rng.uniform(0, 5), scene.shape)
    return blend(scene, np.clip(ink + grain, 0, 255).astype(np.float32), shape)


def scratch(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """A thin line: a crack, a hair, a wire, a trace."""
    after = scene.copy()
    start, bends = rng.integers(0, scene.shape[0], 2), rng.integers(2, 5)
    path = start + np.cumsum(rng.normal(0, rng.uniform(4, 30), (bends, 2)), axis=0)
    ink = scene[*rng.integers(0, scene.shape[0], 2)].tolist() if rng.random() < 0.4 else colour(rng)
    cv2.polylines(after, [path.astype(np.int32)], False, ink, int(rng.integers(1, 4)), cv2.LINE_AA)
    return after


CHANGES: list[Change] = [paste, remove, clone, recolour, mirror, move, draw, fill, scratch]
ODDS = np.array([0.21, 0.17, 0.1, 0.16, 0.1, 0.08, 0.05, 0.07, 0.06])
