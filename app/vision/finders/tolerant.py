"""Changed regions of photographs: whatever light, lens, compression and a hand-held camera do to the second one.

B is bent onto A, takes over A's tones and sharpness, and must then leave the band of what A shows within two pixels.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.alignment.residual_flow import warp
from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.grouping import chance, enlarged, groups, in_frame, log_odds, reduced
from app.vision.geometry import Size
from app.vision.histogram import counts, quantile
from app.vision.networks.change_detector import predict, within
from app.vision.pair import Pair
from app.vision.photometric.blur import match_sharpness
from app.vision.photometric.illumination import left_by_light, match_light
from app.vision.photometric.local_range import distance_outside_range, local_range
from app.vision.photometric.noise import free_of_noise
from app.vision.photometric.tone_curve import match_tones
from app.vision.region import Box, Finding, Region

# The work is done on at most so many pixels; what is smaller than a few of them is lost among a photograph's noise.
PIXELS = 2_000_000
# How far things may lie off after all, in pixels. Colour is kept at half the resolution by most JPEG and camera files.
LUMA_REACH, CHROMA_REACH = 2, 3
LUMA_BLUR, CHROMA_BLUR = 1.0, 2.5
# What counts as changed, in levels beyond the band. 240 copies of 30 photographs, shifted, turned, scaled, compressed,
# noisy or taken in other light, went up to 0.61 of it in luma and 0.88 in chroma, some 15 levels; of 2,400 true changes
# the weakest reached 1.0 to 1.08 of it, some 25 levels, and the next 1.21 or more.
LUMA, CHROMA = 24, 17
# Renderings have no noise: half as much counts. And where noise is stronger, so many times the median difference.
CALM, NOISE = 0.5, 6.0
# The light is uneven where allowing for that leaves less than this share of the median difference, and a level less.
UNEVEN = 0.6
# Edges of high contrast leave more when they are a little off: a share of the contrast around, within so many pixels.
CONTRAST, AROUND = 0.5, 4
# Pixels with half the evidence still belong to a change, and so do those within so many pixels that plainly differ.
WEAK, GROWTH = 0.5, 12
# Near the border of the picture, the other may show what came in from outside; and the network, which looks around each
# pixel, has less to go by there: alone it is not believed.
BORDER, ALONE = 5, 12
# A change has at least so many pixels; parts this near, relative to the side, are one; and the box has room around,
# for the band, the blur and the bend leave its outline unsure.
SPECK, NEAR, ROOM = 12, 0.015, 9
# Logistic regression on `features`, by training/calibrate.py on 500 pairs of photographs that the network never saw. Of
# the groups of 500 others that it gives 0.9 or more, all were real; of those that it gives less than a half, 0.16.
CHANCE = (1.00, 1.49, -0.22, 1.10)
LEAST_CHANCE = 0.4
# And what the network alone sees has at least so many pixels: of 15 smaller ones 10 were false, of 77 larger ones 30.
FEWEST_ALONE = 30
# Renderings have no light and no lens, so the network is not asked. The same regression on 3,482 candidates without its
# word: of those held out that it gives more than 0.97, 0.995 were real; of those under 0.3, 0.05.
CALM_CHANCE, CALM_LEAST = (-3.45, 2.46, 0.72, 0.0), 0.3
# Fainter evidence is none, and does not speak against what the network sees.
FAINTEST = 0.3
# What the network gives less chance within so many pixels is light, lens or parallax, whatever the measures say; where
# it gives more than SEEN, something changed.
RULED_OUT, BESIDE, SEEN = 0.05, 6, 0.5
# It is overruled, to this chance, where the evidence, and on average over so many pixels what no light explains of it,
# are so many times what counts: a window that was dark, a grating that is gone. The latter was up to 0.92 under ten
# shadows, soft and sharp, and 1.2 to 1.5 at the four of 1,300 plain changes that the network does not see.
PLAINLY, OVER, OVERRULED = (2.0, 1.15), 15, 0.99
# And where colour changed so much and luma no more than so, in the same measure: light that does one does the other.
# Where the network saw no change, colour went up to 1.64 under shadows; a shirt of another colour reached 1.82.
COLOUR, LUMA_KEPT = 1.7, 0.3
# But only where nine tenths of the pixels are within so many levels: else blur or haze may have taken the texture. Of
# 1,000 pairs with harder light and lens, eight had false alarms by overruling, four of them with more than that.
ALIKE, MOST = 4.0, 0.9


@dataclass(frozen=True)
class Evidence:
    """How far each pixel is beyond what counts as changed, 1 being just there: four float32 (height, width)."""

    luma: Float32
    chroma: Float32
    plain: Float32  # the difference in luma without any band
    texture: Float32  # what of that no patch of light explains


@dataclass(frozen=True)
class DetectionMaps:
    """What is seen of a pair reduced to `size`, all (height, width).

    strongest: float32, of luma and chroma the stronger evidence, 0 where the network rules a change out.
    network: float32, the chance of change that the network gives; None where it is not asked.
    learned: float32, the same, but where it is overruled.
    mask: bool, what may be part of a change: strong evidence and its surroundings, and what the network is sure of.
    """

    size: Size
    evidence: Evidence
    strongest: Float32
    network: Float32 | None
    learned: Float32
    mask: Mask


def find(pair: Pair) -> Finding:
    """The changed regions in the pair's frame. Their scores are chances."""
    sight = detect(pair)
    found = [_region(box, sight) for box in groups(sight.mask, NEAR, SPECK)]
    least = CALM_LEAST if sight.network is None else LEAST_CHANCE
    kept = [region for region in found if region.score >= least and not _speck(region)]
    regions = [in_frame(region, sight.size, pair.size, ROOM) for region in kept]
    regions.sort(key=lambda region: region.changed_pixels * region.score, reverse=True)
    levels = np.asarray(cv2.convertScaleAbs(np.maximum(sight.strongest, 2 * sight.learned), alpha=128), np.uint8)
    return Finding(regions, enlarged(sight.mask.view(np.uint8), pair.size).view(np.bool_), enlarged(levels, pair.size))


def detect(pair: Pair) -> DetectionMaps:
    """Bend B onto A, and look at both with measures and, unless they are renderings, with the network."""
    size = within(pair.size, PIXELS)
    a, b, valid = reduced(pair, size)
    b, known = warp(a, b, valid)
    if free_of_noise(pair):
        evidence = score_differences(a, b, known, clean=True)
        strongest = np.maximum(evidence.luma, evidence.chroma)
        return DetectionMaps(
            size, evidence, strongest, None, np.zeros_like(strongest), _changed(strongest, evidence.plain)
        )
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(predict, a, b)
        evidence = score_differences(a, b, known, clean=False)
    network = np.asarray(looking.result() * _inside(known), np.float32)
    return _agreed(size, evidence, network, known)


def _agreed(size: Size, evidence: Evidence, network: Float32, known: Mask) -> DetectionMaps:
    """What the measures see and the network does not rule out, and what the network sees where it is believed."""
    strongest = np.maximum(evidence.luma, evidence.chroma)
    learned = np.maximum(network, OVERRULED * _plainly(strongest, evidence) * _inside(known))
    possible = cv2.dilate(learned, np.ones((2 * BESIDE + 1, 2 * BESIDE + 1), np.uint8)) > RULED_OUT
    strongest = np.asarray(strongest * possible, np.float32)
    alone = _inside(known, ALONE) > 0
    changed = _changed(strongest, np.asarray(evidence.plain * possible, np.float32))
    return DetectionMaps(size, evidence, strongest, network, learned, changed | ((network > SEEN) & alone))


def _plainly(strongest: Float32, evidence: Evidence) -> Float32:
    """1 where a change is so plain that the network is overruled, else 0."""
    if float(np.quantile(evidence.texture[::4, ::4], MOST)) > ALIKE / LUMA:
        return np.zeros_like(strongest)
    around = (OVER, OVER)
    texture = (strongest > PLAINLY[0]) & (cv2.blur(evidence.texture, around) > PLAINLY[1])
    colour = (cv2.blur(evidence.chroma, around) > COLOUR) & (cv2.blur(evidence.plain, around) < LUMA_KEPT)
    return cv2.dilate((texture | colour).view(np.uint8), np.ones(around, np.uint8)).astype(np.float32)


def score_differences(a: UInt8, b: UInt8, known: Mask, clean: bool) -> Evidence:
    """Compare two pictures that lie on each other, uint8 RGB (height, width, 3).

    known: bool (height, width). clean: neither has any noise, so that less counts as a change.
    """
    b = _in_same_light(b, a, known)
    ycc_a, ycc_b = (np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb), np.uint8) for picture in (a, b))
    with ThreadPoolExecutor(1) as pool:  # the two take about as long
        colour = pool.submit(_chroma, ycc_a, ycc_b, known)
        luma_a, luma_b = match_sharpness(_blurred(ycc_a[..., 0], LUMA_BLUR), _blurred(ycc_b[..., 0], LUMA_BLUR), known)
    plain = np.asarray(cv2.absdiff(luma_a, luma_b), np.uint8)
    calm = CALM if clean else 1.0
    contrast = cv2.min(local_range(luma_a, AROUND), local_range(luma_b, AROUND)).astype(np.float32)
    step = np.maximum(max(LUMA * calm, NOISE * _median(plain, known)), CONTRAST * contrast)
    counted = _inside(known)
    return Evidence(
        luma=distance_outside_range(luma_a, luma_b, LUMA_REACH, known) * counted / step,
        chroma=colour.result() * counted / np.float32(CHROMA * calm),
        plain=plain * counted / step,
        texture=left_by_light(luma_a, luma_b) * counted / np.float32(LUMA),
    )


def _chroma(a: UInt8, b: UInt8, known: Mask) -> UInt8:
    """How far Cr or Cb lies outside the band: uint8 (height, width)."""
    red_a, red_b, blue_a, blue_b = (_blurred(ycc[..., i], CHROMA_BLUR) for i in (1, 2) for ycc in (a, b))
    red, blue = (distance_outside_range(*both, CHROMA_REACH, known) for both in ((red_a, red_b), (blue_a, blue_b)))
    return np.asarray(cv2.max(red, blue), np.uint8)


def _in_same_light(b: UInt8, a: UInt8, known: Mask) -> UInt8:
    """B with A's tones, and in A's light where that differs from place to place.

    Only where most of the picture gains from it: else a large thing of another colour might pass for a shadow.
    """
    toned = match_tones(b, a, known)
    enough = UNEVEN * _off(toned, a, known) - 1
    if enough <= 0:
        return toned
    relit = match_tones(match_light(b, a, known), a, known)
    return relit if _off(relit, a, known) < enough else toned


def _off(b: UInt8, a: UInt8, known: Mask) -> float:
    """The median difference in luma, in levels."""
    luma_a, luma_b = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (a, b))
    return _median(np.asarray(cv2.absdiff(luma_a, luma_b), np.uint8), known)


def _median(levels: UInt8, known: Mask) -> float:
    return quantile(counts(levels, 256, known), 0.5)


def _blurred(channel: UInt8, sigma: float) -> UInt8:
    return np.asarray(cv2.GaussianBlur(channel, (0, 0), sigma), np.uint8)


def _inside(known: Mask, border: int = BORDER) -> Float32:
    """1 where a difference counts, else 0: not where resampling mixed B with nothing, nor at the picture's border."""
    inside = cv2.erode(known.view(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    framed = np.zeros_like(inside)
    rim = min(border, *((side - 1) // 2 for side in known.shape))
    core = slice(rim, known.shape[0] - rim), slice(rim, known.shape[1] - rim)
    framed[core] = inside[core]
    return framed.astype(np.float32)


def _changed(strongest: Float32, plain: Float32) -> Mask:
    """The pixels that changed: groups with strong evidence somewhere, grown into what plainly differs nearby."""
    weak = strongest > WEAK
    labels = cv2.connectedComponents((weak | (plain > WEAK)).view(np.uint8))[1]
    strong = np.zeros(labels.max() + 1, np.bool_)
    strong[labels[strongest > 1]] = True
    strong[0] = False
    grown = strong[labels]
    near = cv2.dilate((weak & grown).view(np.uint8), np.ones((2 * GROWTH + 1, 2 * GROWTH + 1), np.uint8))
    return np.asarray(grown & near.view(np.bool_), np.bool_)


def _region(box: Box, sight: DetectionMaps) -> Region:
    maps = {"luma": sight.evidence.luma, "chroma": sight.evidence.chroma}
    saw = tuple(name for name, values in maps.items() if values[box.slices][sight.mask[box.slices]].max() > 1)
    inside = sight.mask[box.slices]
    if sight.network is not None and sight.network[box.slices][inside].max() > SEEN:
        saw = (*saw, "network")
    weights = CALM_CHANCE if sight.network is None else CHANCE
    return Region(box, int(np.count_nonzero(inside)), chance(weights, features(box, sight)), saw)


def _speck(region: Region) -> bool:
    return region.found_by == ("network",) and region.changed_pixels < FEWEST_ALONE


def features(box: Box, sight: DetectionMaps) -> tuple[float, float, float]:
    """What tells whether a group is a change: its strongest evidence, its pixels, and the mean word of the network."""
    inside = sight.mask[box.slices]
    peak = float(sight.strongest[box.slices][inside].max())
    word = float(sight.learned[box.slices][inside].mean())
    return math.log(max(peak, FAINTEST)), math.log(np.count_nonzero(inside)), log_odds(word)
