"""A small convolutional network that classifies a view of a region in both orders of its pictures.

The same layers process (A, B, mask) and (B, A, mask), see app.vision.networks.kind_classifier.predict.
"""

from typing import Any

import keras
from keras import layers, ops

from app.vision.networks.kind_classifier import EXCHANGED, KINDS, SIDE

CHANNELS, HIDDEN = (24, 48, 96, 160), 64
# The sides of what the last convolutions find, which is pooled to one value for each channel.
LAST = SIDE // 2 ** len(CHANNELS)


def build() -> keras.Model:
    """From `views`, uint8 (n, SIDE, SIDE, 7), to `logits`, float32 (n, kinds), in the order of KINDS."""
    views = keras.Input((SIDE, SIDE, 7), dtype="uint8", name="views")
    levels = ops.cast(views, "float32") / 128 - 1
    one_order = _one_order()
    forth, back = (one_order(_with_difference(x)) for x in (levels, ops.take(levels, EXCHANGED, axis=-1)))
    both = (forth + back) / 2
    logits = ops.concatenate([back[:, :1], forth[:, :1], both[:, 1:]], axis=-1)
    return keras.Model(views, {"logits": logits})


def _with_difference(levels: Any) -> Any:
    return ops.concatenate([levels, ops.absolute(levels[..., :3] - levels[..., 3:6])], axis=-1)


def _one_order() -> keras.Model:
    """From kind_classifier.features to the logits of `disappeared` and of the kinds after it."""
    x = features = keras.Input((SIDE, SIDE, 10))
    for i, channels in enumerate(CHANNELS):
        x = _convolve(x, channels, strides=2)
        if i:
            x = layers.add([x, _convolve(x, channels)])
    x = ops.concatenate([layers.AveragePooling2D(LAST)(x), layers.MaxPooling2D(LAST)(x)], axis=-1)
    x = layers.Dropout(0.1)(layers.Conv2D(HIDDEN, 1, activation="relu")(x))
    return keras.Model(features, layers.Flatten()(layers.Conv2D(len(KINDS) - 1, 1)(x)), name="one_order")


def _convolve(x: Any, channels: int, strides: int = 1) -> Any:
    x = layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))
