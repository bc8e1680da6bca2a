from pathlib import Path

import numpy as np
import pytest

from training import calibrate
from training.calibrate import Case, fit, reliability
from training.scenes import photographs

RNG = np.random.default_rng(5)


def cases(count: int) -> list[Case]:
    """Real by chances that are known: the regression's own, with the weights 0.5, 2 and -1."""
    features = RNG.normal(0, 1.5, (count, 2))
    odds = 1 / (1 + np.exp(-(0.5 + features @ [2, -1])))
    return [((x, y), bool(real)) for (x, y), real in zip(features.tolist(), RNG.random(count) < odds, strict=True)]


def test_the_regression_finds_the_weights_that_made_the_cases() -> None:
    np.testing.assert_allclose(fit(cases(20_000)), [0.5, 2, -1], atol=0.12)


def test_what_separates_perfectly_does_no_harm() -> None:
    assert np.isfinite(fit([((value,), value > 0) for value in (-2.0, -1.0, 1.0, 2.0)])).all()


def test_chances_that_are_right_are_as_often_real_as_they_say() -> None:
    for line in reliability(np.array([0.5, 2, -1]), cases(20_000)).splitlines():
        mean, share = float(line.split("chance ")[1].split(",")[0]), float(line.rsplit(" ", 1)[1])
        assert share == pytest.approx(mean, abs=0.05)


def test_groups_are_gathered_with_their_truth(photos: Path) -> None:
    pairs = [calibrate.example(photographs(photos)[0], np.random.default_rng([9, number])) for number in range(8)]
    for gather in (calibrate.by_tolerant, calibrate.by_siamese):
        reported = [case for pair in pairs for case in gather(*pair)]
        assert sum(real for _, real in reported) >= 3
        assert all(np.isfinite(features).all() and len(features) == 3 for features, _ in reported)
