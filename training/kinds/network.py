"""A small convolutional network that classifies a crop in both orders of its pictures.

The same layers process (A, B, mask) and (B, A, mask). The logit of `disappeared` is that of the first order, the logit
of `appeared` that of the second, and all others are means of both: exchanging the pictures exchanges only these two.
"""

from typing import Any

import keras
from keras import layers, ops

from app.vision.networks.kind_classifier import SIDE

CHANNELS = (24, 48, 96, 160)


def build() -> keras.Model:
    """From `crops`, uint8 (n, SIDE, SIDE, 7), to `logits`, float32 (n, 6), in the order of kind_classifier.KINDS."""
    crops = keras.Input((SIDE, SIDE, 7), dtype="uint8", name="crops")
    levels = ops.cast(crops, "float32") / 128 - 1
    a, b, mask = levels[..., :3], levels[..., 3:6], levels[..., 6:]
    side = _side()
    forth, back = side(ops.concatenate([a, b, mask], axis=-1)), side(ops.concatenate([b, a, mask], axis=-1))
    both = (forth + back) / 2
    logits = ops.concatenate([back[:, :1], forth[:, :1], both[:, 1:]], axis=-1)
    return keras.Model(crops, {"logits": logits})


def _side() -> keras.Model:
    levels = keras.Input((SIDE, SIDE, 7))
    step = ops.absolute(levels[..., :3] - levels[..., 3:6])
    x = ops.concatenate([levels, step], axis=-1)
    for i, channels in enumerate(CHANNELS):
        x = _convolve(x, channels, strides=2)
        if i:
            x = layers.add([x, _convolve(x, channels)])
    x = ops.concatenate([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)], axis=-1)
    x = layers.Dropout(0.1)(layers.Dense(64, activation="relu")(x))
    return keras.Model(levels, layers.Dense(5)(x), name="side")


def _convolve(x: Any, channels: int, strides: int = 1) -> Any:
    x = layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))
