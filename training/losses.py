"""What the network is to learn, as numbers to make small. Targets as in training.pairs.Example."""

from typing import Any

import keras
from keras import ops

from training.pairs import NOWHERE

# Cosines of descriptors are multiplied by this before the softmax over all cells of the batch.
SHARPNESS = 14.0
# Pixels of the mask that lie within half of RIM of a change count so many times more: boxes are as tight as the rim.
RIM, RIM_WEIGHT = 9, 3.0


def mask_loss(target: Any, logits: Any) -> Any:
    """Cross-entropy, and what is missing of the Dice coefficient over the batch, where the truth is known.

    target: float32 (n, height, width, 2), changed and known. logits: float32 (n, height, width, 1).
    """
    changed, known = target[..., 0], target[..., 1]
    logits = logits[..., 0]
    near = ops.max_pool(changed[..., None], RIM, strides=1, padding="same")[..., 0]
    weight = known * (1 + RIM_WEIGHT * (near - changed))
    entropy = ops.sum(weight * ops.binary_crossentropy(changed, logits, from_logits=True)) / (ops.sum(weight) + 1)
    chance = ops.sigmoid(logits) * known
    dice = (2 * ops.sum(chance * changed) + 1) / (ops.sum(chance) + ops.sum(changed * known) + 1)
    return entropy + 0.5 * (1 - dice)


def match_loss(target: Any, descriptors: Any) -> Any:
    """Cross-entropy of finding each cell among those of all pictures of the batch, from A to B and from B to A.

    target: int32 (n, cells, 2). descriptors: float32 (n, rows, columns, 2, channels), unit vectors.
    """
    target = ops.cast(target, "int32")  # Keras hands all targets over as floats
    channels = descriptors.shape[-1]
    count = ops.shape(target)[0] * target.shape[1]
    own = ops.arange(ops.shape(target)[0])[:, None, None] * target.shape[1]
    place = ops.where(target == NOWHERE, NOWHERE, target + own)
    likeness = SHARPNESS * ops.matmul(
        ops.reshape(descriptors[..., 0, :], (count, channels)),
        ops.transpose(ops.reshape(descriptors[..., 1, :], (count, channels))),
    )
    there = _find(ops.reshape(place[..., 0], (count,)), likeness)
    back = _find(ops.reshape(place[..., 1], (count,)), ops.transpose(likeness))
    return (there + back) / 2


def _find(place: Any, likeness: Any) -> Any:
    reported = ops.cast(place != NOWHERE, "float32")
    entropy = ops.sparse_categorical_crossentropy(ops.maximum(place, 0), likeness, from_logits=True)
    return ops.sum(reported * entropy) / (ops.sum(reported) + 1)


class Precision(keras.metrics.AUC):  # type: ignore[misc]  # Keras has no types
    """Average precision of the mask's pixels: the area under precision over recall, where the truth is known."""

    def __init__(self) -> None:
        super().__init__(curve="PR", from_logits=True, num_thresholds=400, name="precision")

    def update_state(self, target: Any, logits: Any, sample_weight: Any = None) -> None:
        del sample_weight  # Keras hands none over
        flat = ops.reshape(target, (-1, 2))
        super().update_state(flat[:, 0], ops.reshape(logits, (-1,)), sample_weight=flat[:, 1])
