"""The tolerant finder: changed regions of photographs in spite of light, lens, compression and camera movement.

B is warped onto A and matched to A's tones and sharpness. A pixel counts as changed only as far as it lies outside the
range of values that the other picture takes in the neighbourhood.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision.alignment.residual_flow import warp
from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.detection.grouping import chance, enlarged_finding, groups, log_odds, reduced
from app.vision.geometry import Size
from app.vision.histogram import counts, quantile
from app.vision.networks.change_detector import predict, within
from app.vision.pair import Pair
from app.vision.photometric.blur import blur, match_sharpness
from app.vision.photometric.illumination import match_illumination, relighting_residual
from app.vision.photometric.local_range import distance_outside_range, local_range
from app.vision.photometric.noise import is_binary_scan
from app.vision.photometric.rendering import free_of_noise
from app.vision.photometric.tone_curve import match_tones
from app.vision.region import Box, Finding, Region


@dataclass(frozen=True)
class TolerantParameters:
    """Thresholds of the tolerant finder and the measurements behind them. Levels are 0 to 255, distances are pixels."""

    # Pairs are reduced to this many pixels: smaller changes are lost in the noise of a photograph.
    max_pixels: int = 2_000_000
    # Misalignment that is tolerated. Most JPEG and camera files keep colour at half the resolution.
    luma_radius: int = 2
    chroma_radius: int = 3
    luma_sigma: float = 1.0
    chroma_sigma: float = 2.5
    # Levels outside the range from which a pixel counts as changed (evidence 1). 240 copies of 30 photographs, shifted,
    # turned, scaled, compressed, noisy or in other light, reached evidence of 0.61 in luma and 0.88 in chroma, some
    # 15 levels; the weakest of 2,400 true changes 1.0 to 1.08, some 25 levels, and the next 1.21 or more.
    luma_threshold: float = 24
    chroma_threshold: float = 17
    # Renderings have no noise, so both thresholds are lowered by this factor.
    noise_free_factor: float = 0.5
    # With strong noise, the luma threshold is this multiple of the median difference.
    noise_factor: float = 6.0
    # The light is uneven if correcting it leaves less than this share of the median difference, minus one level.
    uneven_light_ratio: float = 0.6
    # Misaligned edges of high contrast leave a larger difference: a share of the local range within this radius.
    contrast_share: float = 0.5
    contrast_radius: int = 4
    # Hysteresis: pixels above this evidence belong to a change if they are connected to it and this near.
    weak_evidence: float = 0.5
    growth_radius: int = 12
    # Pixels this near the border are ignored, as new content may enter there; a change that only the network predicts
    # needs more distance, since the network has less context at the border.
    border: int = 5
    network_border: int = 12
    # Fewest pixels of a region, and the gap relative to the side below which parts are joined.
    min_region_pixels: int = 12
    max_gap: float = 0.015
    # The margin of the box. In binary scans, where each edge has the full contrast, the tolerance for misaligned edges
    # takes several pixels off each side of a change.
    box_margin: int = 1
    binary_box_margin: int = 9
    # Logistic regression on `features`, by training/calibrate.py on 500 pairs of photographs that the network was not
    # trained on. In 500 other pairs, all groups that score 0.9 or more were real, and 0.16 of those below 0.5.
    score_weights: tuple[float, ...] = (1.00, 1.49, -0.22, 1.10)
    min_score: float = 0.4
    # Fewest pixels of a region that only the network finds: of 15 smaller ones 10 were false, of 77 larger ones 30.
    min_network_pixels: int = 30
    # The network is not used for renderings, which have neither light nor lens. The same regression without it on 3,482
    # candidates: of those held out, 0.995 of those above 0.97 were real, and 0.05 of those below 0.3.
    noise_free_score_weights: tuple[float, ...] = (-3.45, 2.46, 0.72, 0.0)
    noise_free_min_score: float = 0.3
    # Lower bound of the evidence in `features`: fainter evidence must not outweigh the network.
    min_evidence: float = 0.3
    # Evidence is dropped (light, lens or parallax) if the network's probability is below `veto_probability` everywhere
    # within `veto_radius`. Above `change_probability` the network reports a change.
    veto_probability: float = 0.05
    veto_radius: int = 6
    change_probability: float = 0.5
    # The veto is overridden, with `override_probability`, by evidence of changed texture, such as a window that was
    # dark or a grating that is gone: the evidence, and the mean over `override_window` of the residual that no light
    # explains. That mean was up to 0.92 under ten shadows, soft and sharp, and 1.2 to 1.5 at the four of 1,300 clear
    # changes that the network misses.
    override_evidence: float = 2.0
    override_residual: float = 1.15
    override_window: int = 15
    override_probability: float = 0.99
    # The veto is also overridden where chroma changed and luma did not, since light changes both. Chroma went up to
    # 1.64 under shadows in which the network saw no change; a shirt of another colour reached 1.82.
    override_chroma: float = 1.7
    override_max_luma: float = 0.3
    # The veto stays if less than `override_share` of the pixels have a residual up to this many levels: blur or haze
    # may have removed the texture. Of 1,000 pairs with harder light and lens, overriding caused false alarms in eight,
    # four of which were above this limit.
    override_max_levels: float = 4.0
    override_share: float = 0.9


PARAMETERS = TolerantParameters()


@dataclass(frozen=True)
class Evidence:
    """Differences as multiples of the threshold, so that 1 is just a change: four float32 (height, width)."""

    luma: Float32
    chroma: Float32
    absolute: Float32  # the absolute difference in luma, without tolerance
    residual: Float32  # the difference in luma that no smooth change of light explains


@dataclass(frozen=True)
class DetectionMaps:
    """Maps of a pair reduced to `size`, all (height, width).

    strongest: float32, the larger of luma and chroma evidence, 0 where the network rules out a change.
    network: float32, the probability of change that the network predicts; None if it was not used.
    learned: float32, the same with overrides applied.
    mask: bool, candidate pixels: strong evidence and its surroundings, and changes that the network predicts.
    """

    size: Size
    evidence: Evidence
    strongest: Float32
    network: Float32 | None
    learned: Float32
    mask: Mask


def find(pair: Pair) -> Finding:
    """The changed regions in the pair's frame, scored with the probability that they are real."""
    maps = detect(pair)
    candidates = [_region(box, maps) for box in groups(maps.mask, PARAMETERS.max_gap, PARAMETERS.min_region_pixels)]
    min_score = PARAMETERS.noise_free_min_score if maps.network is None else PARAMETERS.min_score
    kept, left = list[Region](), list[Region]()
    for region in candidates:
        (kept if region.score >= min_score and not _is_network_speck(region) else left).append(region)
    levels = np.asarray(cv2.convertScaleAbs(np.maximum(maps.strongest, 2 * maps.learned), alpha=128), np.uint8)
    binary = is_binary_scan(pair.gray_a) or is_binary_scan(pair.gray_b)
    margin = PARAMETERS.binary_box_margin if binary else PARAMETERS.box_margin
    doubt = max((region.score for region in left), default=0.0)
    return replace(enlarged_finding(kept, maps.mask, levels, pair, margin), doubt=doubt)


def detect(pair: Pair) -> DetectionMaps:
    """Warp B onto A and score the differences, with the network too unless both pictures are renderings."""
    size = within(pair.size, PARAMETERS.max_pixels)
    a, b, valid = reduced(pair, size)
    b, known = warp(a, b, valid)
    if free_of_noise(pair):
        evidence = score_differences(a, b, known, clean=True)
        strongest = np.maximum(evidence.luma, evidence.chroma)
        mask = _hysteresis(strongest, evidence.absolute)
        return DetectionMaps(size, evidence, strongest, None, np.zeros_like(strongest), mask)
    with ThreadPoolExecutor(1) as pool:
        prediction = pool.submit(predict, a, b)
        evidence = score_differences(a, b, known, clean=False)
    network = np.asarray(prediction.result() * _counted(known), np.float32)
    return _combine(size, evidence, network, known)


def _combine(size: Size, evidence: Evidence, network: Float32, known: Mask) -> DetectionMaps:
    """Evidence that the network does not rule out, and changes that the network predicts away from the border."""
    strongest = np.maximum(evidence.luma, evidence.chroma)
    override = _veto_override(strongest, evidence) * _counted(known)
    learned = np.maximum(network, PARAMETERS.override_probability * override)
    side = 2 * PARAMETERS.veto_radius + 1
    possible = cv2.dilate(learned, np.ones((side, side), np.uint8)) > PARAMETERS.veto_probability
    strongest = np.asarray(strongest * possible, np.float32)
    changed = _hysteresis(strongest, np.asarray(evidence.absolute * possible, np.float32))
    predicted = (network > PARAMETERS.change_probability) & (_counted(known, PARAMETERS.network_border) > 0)
    return DetectionMaps(size, evidence, strongest, network, learned, changed | predicted)


def _veto_override(strongest: Float32, evidence: Evidence) -> Float32:
    """1 where a change of texture or colour is so clear that it overrides the network's veto, else 0."""
    levels = float(np.quantile(evidence.residual[::4, ::4], PARAMETERS.override_share))
    if levels > PARAMETERS.override_max_levels / PARAMETERS.luma_threshold:
        return np.zeros_like(strongest)
    window = (PARAMETERS.override_window, PARAMETERS.override_window)
    mean_luma, mean_chroma = cv2.blur(evidence.absolute, window), cv2.blur(evidence.chroma, window)
    textured = cv2.blur(evidence.residual, window) > PARAMETERS.override_residual
    texture = (strongest > PARAMETERS.override_evidence) & textured
    colour = (mean_chroma > PARAMETERS.override_chroma) & (mean_luma < PARAMETERS.override_max_luma)
    return cv2.dilate((texture | colour).view(np.uint8), np.ones(window, np.uint8)).astype(np.float32)


def score_differences(a: UInt8, b: UInt8, known: Mask, clean: bool) -> Evidence:
    """Evidence of change between two aligned pictures, uint8 RGB (height, width, 3).

    known: bool (height, width), where both have pixels. clean: neither has noise, so the thresholds are lower.
    """
    b = b if clean else _match_light(b, a, known)  # nothing but a change alters the colours of a rendering
    ycc_a, ycc_b = (np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb), np.uint8) for picture in (a, b))
    with ThreadPoolExecutor(1) as pool:  # the two take about as long
        chroma = pool.submit(_chroma, ycc_a, ycc_b, known)
        luma_a, luma_b = (blur(ycc[..., 0], PARAMETERS.luma_sigma) for ycc in (ycc_a, ycc_b))
        luma_a, luma_b = match_sharpness(luma_a, luma_b, known)
    absolute = np.asarray(cv2.absdiff(luma_a, luma_b), np.uint8)
    factor = PARAMETERS.noise_free_factor if clean else 1.0
    radius = PARAMETERS.contrast_radius
    contrast = cv2.min(local_range(luma_a, radius), local_range(luma_b, radius)).astype(np.float32)
    noise = 0 if clean else PARAMETERS.noise_factor * _median(absolute, known)
    threshold = np.maximum(max(PARAMETERS.luma_threshold * factor, noise), PARAMETERS.contrast_share * contrast)
    counted = _counted(known)
    return Evidence(
        luma=distance_outside_range(luma_a, luma_b, PARAMETERS.luma_radius, known) * counted / threshold,
        chroma=chroma.result() * counted / np.float32(PARAMETERS.chroma_threshold * factor),
        absolute=absolute * counted / threshold,
        residual=relighting_residual(luma_a, luma_b) * counted / np.float32(PARAMETERS.luma_threshold),
    )


def _chroma(a: UInt8, b: UInt8, known: Mask) -> UInt8:
    """The larger distance of Cr and Cb outside the local range: uint8 (height, width)."""
    red_a, red_b, blue_a, blue_b = (
        blur(ycc[..., channel], PARAMETERS.chroma_sigma) for channel in (1, 2) for ycc in (a, b)
    )
    radius = PARAMETERS.chroma_radius
    red, blue = (distance_outside_range(*both, radius, known) for both in ((red_a, red_b), (blue_a, blue_b)))
    return np.asarray(cv2.max(red, blue), np.uint8)


def _match_light(b: UInt8, a: UInt8, known: Mask) -> UInt8:
    """B with A's tones, and with A's light if that is uneven.

    Only if most of the picture gains from it: otherwise a large object of another colour might pass for a shadow.
    """
    toned = match_tones(b, a, known)
    limit = PARAMETERS.uneven_light_ratio * _median_difference(toned, a, known) - 1
    if limit <= 0:
        return toned
    relit = match_tones(match_illumination(b, a, known), a, known)
    return relit if _median_difference(relit, a, known) < limit else toned


def _median_difference(b: UInt8, a: UInt8, known: Mask) -> float:
    """The median difference in luma, in levels."""
    luma_a, luma_b = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (a, b))
    return _median(np.asarray(cv2.absdiff(luma_a, luma_b), np.uint8), known)


def _median(levels: UInt8, known: Mask) -> float:
    return quantile(counts(levels, 256, known), 0.5)


def _counted(known: Mask, border: int | None = None) -> Float32:
    """1 where differences count, 0 at the picture's border and where resampling mixed B with its empty surroundings."""
    inside = cv2.erode(known.view(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    counted = np.zeros_like(inside)
    margin = min(PARAMETERS.border if border is None else border, *((side - 1) // 2 for side in known.shape))
    core = slice(margin, known.shape[0] - margin), slice(margin, known.shape[1] - margin)
    counted[core] = inside[core]
    return counted.astype(np.float32)


def _hysteresis(strongest: Float32, absolute: Float32) -> Mask:
    """Components with strong evidence somewhere, grown into weak evidence and absolute differences nearby."""
    weak = strongest > PARAMETERS.weak_evidence
    labels = cv2.connectedComponents((weak | (absolute > PARAMETERS.weak_evidence)).view(np.uint8))[1]
    strong = np.zeros(labels.max() + 1, np.bool_)
    strong[labels[strongest > 1]] = True
    strong[0] = False
    grown = strong[labels]
    side = 2 * PARAMETERS.growth_radius + 1
    near = cv2.dilate((weak & grown).view(np.uint8), np.ones((side, side), np.uint8))
    return np.asarray(grown & near.view(np.bool_), np.bool_)


def _region(box: Box, maps: DetectionMaps) -> Region:
    inside = maps.mask[box.slices]
    measures = {"luma": maps.evidence.luma, "chroma": maps.evidence.chroma}
    found_by = tuple(name for name, values in measures.items() if values[box.slices][inside].max() > 1)
    if maps.network is not None and maps.network[box.slices][inside].max() > PARAMETERS.change_probability:
        found_by = (*found_by, "network")
    weights = PARAMETERS.noise_free_score_weights if maps.network is None else PARAMETERS.score_weights
    return Region(box, int(np.count_nonzero(inside)), chance(weights, features(box, maps)), found_by)


def _is_network_speck(region: Region) -> bool:
    return region.found_by == ("network",) and region.changed_pixels < PARAMETERS.min_network_pixels


def features(box: Box, maps: DetectionMaps) -> tuple[float, float, float]:
    """Features of the score: log of the peak evidence, log of the pixel count, log-odds of the mean probability."""
    inside = maps.mask[box.slices]
    peak = float(maps.strongest[box.slices][inside].max())
    probability = float(maps.learned[box.slices][inside].mean())
    return math.log(max(peak, PARAMETERS.min_evidence)), math.log(np.count_nonzero(inside)), log_odds(probability)
