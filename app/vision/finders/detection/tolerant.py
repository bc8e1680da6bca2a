"""The tolerant finder: changed regions of photographs in spite of light, lens, compression and camera movement.

B is warped onto A and matched to A's tones and sharpness. A pixel counts as changed only as far as it lies outside the
range of values that the other picture takes in the neighbourhood.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision.alignment.residual_flow import warp
from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.detection.grouping import chance, enlarged_finding, groups, log_odds, reduced
from app.vision.finders.detection.tolerant_parameters import TolerantParameters
from app.vision.geometry import Size
from app.vision.histogram import counts, quantile
from app.vision.networks.change_detector import predict, within
from app.vision.pair import Pair
from app.vision.photometric.blur import blur, match_sharpness
from app.vision.photometric.illumination import match_illumination, relighting_residual
from app.vision.photometric.local_range import distance_outside_range, local_range
from app.vision.photometric.rendering import free_of_noise
from app.vision.photometric.tone_curve import match_tones
from app.vision.region import Box, Finding, Region

PARAMETERS = TolerantParameters()


@dataclass(frozen=True)
class Evidence:
    """Differences as multiples of the threshold, so that 1 is just a change: four float32 (height, width).

    edges: bool (height, width), where both pictures have contrast.
    """

    luma: Float32
    chroma: Float32
    absolute: Float32  # the absolute difference in luma, without tolerance
    residual: Float32  # the difference in luma that no smooth change of light explains
    edges: Mask


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
    sure = [region for region in kept if not _is_unsure(region)]
    if sure and pair.resampled and is_unsure([region.score for region in kept]):
        kept, left = sure, [*left, *(region for region in kept if _is_unsure(region))]
    levels = np.asarray(cv2.convertScaleAbs(np.maximum(maps.strongest, 2 * maps.learned), alpha=128), np.uint8)
    margin = PARAMETERS.binary_box_margin if any(pair.binary) else PARAMETERS.box_margin
    # Specks have higher scores, but only a third of them are real.
    doubt = max((min(region.score, PARAMETERS.min_score) for region in left), default=0.0)
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
    override = _veto_override(strongest, evidence, known) * _counted(known)
    learned = np.maximum(network, PARAMETERS.override_probability * override)
    side = 2 * PARAMETERS.veto_radius + 1
    possible = cv2.dilate(learned, np.ones((side, side), np.uint8)) > PARAMETERS.veto_probability
    strongest = np.asarray(strongest * possible, np.float32)
    changed = _hysteresis(strongest, np.asarray(evidence.absolute * possible, np.float32))
    predicted = (network > PARAMETERS.change_probability) & (_counted(known, PARAMETERS.network_border) > 0)
    return DetectionMaps(size, evidence, strongest, network, learned, changed | predicted)


def _veto_override(strongest: Float32, evidence: Evidence, known: Mask) -> Float32:
    """1 where a change of texture or colour is so clear that it overrides the network's veto, else 0.

    Where hardly anything differs elsewhere, neither light nor lens has changed that could explain what does.
    """
    if _is_quiet(strongest, evidence.edges):
        return _surroundings((strongest > 1) & (_counted(known, PARAMETERS.quiet_border) > 0))
    levels = float(np.quantile(evidence.residual[::4, ::4], PARAMETERS.override_share))
    if levels > PARAMETERS.override_max_levels / PARAMETERS.luma_threshold:
        return np.zeros_like(strongest)
    window = (PARAMETERS.override_window, PARAMETERS.override_window)
    mean_luma, mean_chroma = cv2.blur(evidence.absolute, window), cv2.blur(evidence.chroma, window)
    textured = cv2.blur(evidence.residual, window) > PARAMETERS.override_residual
    texture = (strongest > PARAMETERS.override_evidence) & textured
    colour = (mean_chroma > PARAMETERS.override_chroma) & (mean_luma < PARAMETERS.override_max_luma)
    return _surroundings(texture | colour)


def _is_quiet(strongest: Float32, edges: Mask) -> bool:
    """Whether hardly any pixel has evidence of a change, and hardly any edge, where a motion or a blur would show."""
    at_edges = strongest[edges]
    if not at_edges.size:
        return False
    most, most_edges = (
        float(np.quantile(levels, share))
        for levels, share in (
            (strongest[::2, ::2], PARAMETERS.quiet_share),
            (at_edges, PARAMETERS.quiet_share_of_edges),
        )
    )
    return max(most, most_edges) <= PARAMETERS.quiet_evidence


def _surroundings(mask: Mask) -> Float32:
    window = np.ones((PARAMETERS.override_window, PARAMETERS.override_window), np.uint8)
    return cv2.dilate(mask.view(np.uint8), window).astype(np.float32)


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
        edges=contrast > PARAMETERS.edge_contrast,
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


def is_unsure(scores: Sequence[float]) -> bool:
    """Whether regions with these scores are so many and so doubtful that another season, place or sensor is likely."""
    return len(scores) >= PARAMETERS.unsure_regions and sum(scores) < PARAMETERS.unsure_score * len(scores)


def _is_unsure(region: Region) -> bool:
    return region.found_by == ("network",) and region.score < PARAMETERS.unsure_min_score


def _is_network_speck(region: Region) -> bool:
    return region.found_by == ("network",) and region.changed_pixels < PARAMETERS.min_network_pixels


def features(box: Box, maps: DetectionMaps) -> tuple[float, float, float]:
    """Features of the score: log of the peak evidence, log of the pixel count, log-odds of the mean probability."""
    inside = maps.mask[box.slices]
    peak = float(maps.strongest[box.slices][inside].max())
    probability = float(maps.learned[box.slices][inside].mean())
    return math.log(max(peak, PARAMETERS.min_evidence)), math.log(np.count_nonzero(inside)), log_odds(probability)
