"""A small convolutional network that classifies a view of a region in both orders of its pictures.

The same layers process (A, B, mask) and (B, A, mask), see app.vision.networks.kind_classifier.predict.
"""

from typing import Any

import keras
from keras import layers, ops

from app.vision.networks.kind_classifier import CHANNELS as FEATURES
from app.vision.networks.kind_classifier import EXCHANGED, KINDS, MEASURES, PROFILE_EXCHANGED, REACH, SIDE

CHANNELS, HIDDEN, PROFILE = (24, 48, 96, 160), 64, 64
# The side of what the convolutions find at each scale, and the scales at which it is averaged inside, on the outline
# and around, which are the last channels of the features.
SIDES = [SIDE // 2 ** (i + 1) for i in range(len(CHANNELS))]
AREAS, AREA_SCALES = 3, (1, 2)


def build() -> keras.Model:
    """From `features`, (n, SIDE, SIDE, 16), and `profiles`, (n, distances, MEASURES), to `logits`, (n, kinds).

    All float32; the kinds are in the order of KINDS.
    """
    features = keras.Input((SIDE, SIDE, FEATURES), name="features")
    profiles = keras.Input((2 * REACH + 1, MEASURES), name="profiles")
    one_order = _one_order()
    forth = one_order([features, profiles])
    back = one_order([ops.take(features, EXCHANGED, axis=-1), ops.take(profiles, PROFILE_EXCHANGED, axis=-1)])
    both = (forth + back) / 2
    logits = ops.concatenate([back[:, :1], forth[:, :1], both[:, 1:]], axis=-1)
    return keras.Model([features, profiles], {"logits": logits})


def _one_order() -> keras.Model:
    """From kind_classifier.features and profile to the logits of `disappeared` and of the kinds after it."""
    x = features = keras.Input((SIDE, SIDE, FEATURES))
    profiles = keras.Input((2 * REACH + 1, MEASURES))
    pooled = []
    for i, channels in enumerate(CHANNELS):
        x = _convolve(x, channels, strides=2)
        if i:
            x = layers.add([x, _convolve(x, channels)])
        if i in AREA_SCALES:
            areas = layers.AveragePooling2D(SIDE // SIDES[i])(features[..., -AREAS:])
            pooled += [layers.AveragePooling2D(SIDES[i])(x * areas[..., k : k + 1]) for k in range(AREAS)]
    last = SIDES[-1]
    x = ops.concatenate([layers.AveragePooling2D(last)(x), layers.MaxPooling2D(last)(x), *pooled], axis=-1)
    flat = layers.Reshape((1, 1, (2 * REACH + 1) * MEASURES))(profiles)
    for _ in range(2):
        flat = layers.Conv2D(PROFILE, 1, activation="relu")(flat)
    x = ops.concatenate([x, flat], axis=-1)
    x = layers.Dropout(0.1)(layers.Conv2D(HIDDEN, 1, activation="relu")(x))
    return keras.Model([features, profiles], layers.Flatten()(layers.Conv2D(len(KINDS) - 1, 1)(x)), name="one_order")


def _convolve(x: Any, channels: int, strides: int = 1) -> Any:
    x = layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))
