import keras
import numpy as np
import pytest

from training.losses import RIM_WEIGHT, Precision, mask_loss, match_loss
from training.pairs import NOWHERE

TRUTH = np.zeros((1, 8, 8, 2), np.float32)
TRUTH[..., 1] = 1
TRUTH[:, 2:5, 2:5, 0] = 1


def logits(changed: np.ndarray) -> np.ndarray:
    return np.where(changed[..., None] > 0, 8.0, -8.0).astype(np.float32)


def test_the_right_mask_costs_next_to_nothing_and_the_wrong_one_much() -> None:
    right, wrong = (float(mask_loss(TRUTH, logits(mask))) for mask in (TRUTH[..., 0], 1 - TRUTH[..., 0]))
    assert right < 0.01
    assert wrong > 5


def test_the_mask_s_cost_is_cross_entropy_and_dice_by_the_formulas() -> None:
    even = np.zeros((1, 8, 8, 1), np.float32)  # a chance of one half everywhere
    dice = (2 * 4.5 + 1) / (32 + 9 + 1)
    weight = 9 + (1 + RIM_WEIGHT) * 55  # all others are in the rim
    entropy = weight * np.log(2) / (weight + 1)
    assert float(mask_loss(TRUTH, even)) == pytest.approx(entropy + 0.5 * (1 - dice), abs=1e-5)


def test_a_mask_that_is_too_wide_costs_more_than_a_false_spot_as_large_elsewhere() -> None:
    truth = np.zeros((1, 40, 40, 2), np.float32)
    truth[..., 1] = 1
    truth[:, 4:8, 4:8, 0] = 1
    wide, spot = truth[..., 0].copy(), truth[..., 0].copy()
    wide[:, 4:8, 8:12] = spot[:, 30:34, 30:34] = 1
    assert float(mask_loss(truth, logits(wide))) > 1.5 * float(mask_loss(truth, logits(spot)))


def test_what_nobody_knows_costs_nothing() -> None:
    unknown = TRUTH.copy()
    unknown[:, 2:5, 2:5, 1] = 0
    nothing = np.zeros_like(TRUTH[..., 0])
    assert float(mask_loss(unknown, logits(nothing))) < 0.01


def test_descriptors_that_find_each_other_cost_little() -> None:
    own = np.eye(8, dtype=np.float32).reshape(2, 2, 2, 8)
    described = np.stack([own, own], axis=-2)
    cells = np.tile(np.arange(4)[None, :, None], (2, 1, 2))
    assert float(match_loss(cells, described)) < 0.01
    assert float(match_loss(cells[:, ::-1], described)) > 5
    assert float(match_loss(np.full_like(cells, NOWHERE), described)) == 0


def test_average_precision_leaves_out_what_nobody_knows() -> None:
    metric = Precision()
    target = TRUTH.copy()
    said = logits(TRUTH[..., 0])
    said[:, 7] = 8  # false
    target[:, 7, :, 1] = 0  # but nobody knows
    metric.update_state(keras.ops.convert_to_tensor(target), keras.ops.convert_to_tensor(said))
    assert float(metric.result()) == pytest.approx(1, abs=0.01)
