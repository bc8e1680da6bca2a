"""Changed regions as a trained network sees them, whatever the light, the lens and the angle did."""

import cv2
import numpy as np

from app.vision.drift import follow
from app.vision.finders.grouping import close
from app.vision.geometry import resizing
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.reduce import reduce
from app.vision.region import Box, Finding, Region, map_box
from app.vision.resample import covered, resample
from app.vision.siamese.correspond import realign
from app.vision.siamese.eye import PIXELS, look, within

CHANGED = 0.5
SPECK, NEAR = 12, 0.01


def find(pair: Pair, _options: Options) -> Finding:
    if pair.equal.all():
        nothing = np.zeros_like(pair.valid)
        return Finding([], nothing, nothing.view(np.uint8))
    size = within(pair.size, PIXELS)
    a, b = reduce(pair.a, size), reduce(pair.b, size)
    valid = np.equal(reduce(pair.valid.view(np.uint8) * np.uint8(255), size), 255)
    if (matrix := realign(a, b)) is not None:
        valid = valid & covered(matrix, size, size)
        b = np.where(valid[..., None], resample(b, matrix, size), a)
    b, known = follow(a, b, valid)
    chance = look(a, b) * known
    mask = chance > CHANGED
    closed = close(mask, max(1, round(NEAR * mask.size**0.5)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed.view(np.uint8))
    regions = []
    for i in range(1, count):
        inside = mask & (labels == i)
        n = int(inside.sum())
        if n >= SPECK:
            box = Box(*stats[i, :4].tolist())
            regions.append(
                Region(map_box(box, resizing(size, pair.size), pair.size), n, float(chance[inside].max()), ("siamese",))
            )
    regions.sort(key=lambda r: -r.changed_pixels * r.score)
    return Finding(regions, mask, (chance * 255).astype(np.uint8))
