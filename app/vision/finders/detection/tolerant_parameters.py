"""Thresholds of the tolerant finder."""

from dataclasses import dataclass


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
    # trained on. In 500 other pairs, all groups that score 0.9 or more were real, and 0.16 of those below 0.5. On eight
    # photographs under 31 conditions, 3 of 18 regions from 0.4 to 0.5 were real, and 18 of 33 from 0.5 to 0.7.
    score_weights: tuple[float, ...] = (1.00, 1.49, -0.22, 1.10)
    min_score: float = 0.5
    # Fewest pixels of a region that only the network finds: of 15 smaller ones 10 were false, of 77 larger ones 30.
    min_network_pixels: int = 30
    # The network is not used for renderings, which have neither light nor lens. The same regression without it on 3,482
    # candidates: of those held out, 0.995 of those above 0.97 were real, and 0.05 of those below 0.3.
    noise_free_score_weights: tuple[float, ...] = (-3.45, 2.46, 0.72, 0.0)
    noise_free_min_score: float = 0.3
    # If so many regions have so low a mean score, the pair is of another season, place or sensor. The prior chance of a
    # real change is lower than in the regression's pairs then, and those that only the network finds need this score.
    # Ten such pairs had means of 0.62 to 0.87, retouched photographs 0.95 and more.
    unsure_regions: int = 5
    unsure_score: float = 0.9
    unsure_min_score: float = 0.8
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
    # It is overridden as well in a quiet pair: `quiet_share` of the pixels, and `quiet_share_of_edges` of those with
    # `edge_contrast`, in levels, have evidence of at most `quiet_evidence`; except near the border, where vignettes and
    # haze are strongest. On a board of 5 MP with five open circuits, of which the network doubts two, both shares
    # have 0.12. All pixels had 0.29 to 4.2 under shadows, motion blur and at night, the edges of a sparse page 2.2.
    quiet_share: float = 0.99
    quiet_share_of_edges: float = 0.95
    edge_contrast: float = 20.0
    quiet_evidence: float = 0.15
    quiet_border: int = 32
    # The veto stays if less than `override_share` of the pixels have a residual up to this many levels: blur or haze
    # may have removed the texture. Of 1,000 pairs with harder light and lens, overriding caused false alarms in eight,
    # four of which were above this limit.
    override_max_levels: float = 4.0
    override_share: float = 0.9
