"""A Siamese U-Net with co-attention, after "The Change You Want to See" (Sachdeva and Zisserman, WACV 2023).

Both pictures go through one encoder. At the coarsest scale each attends to the other; a decoder compares them at every
scale, from coarse to fine. Everything between is symmetric, so that swapping the pictures cannot change the mask.
Convolutions are ordinary ones. Separable ones have not been tried to the end: with a quarter of the weights they train
twice as fast, and look in two thirds of the time.
"""

from typing import Any

import keras
from keras import layers, ops

# Channels at a half, a quarter, an eighth and a sixteenth of the size.
CHANNELS = (16, 32, 64, 96)
# What finds a cell of A again in B.
DESCRIPTOR = 64
# Of the attention: the softmax of so many times the cosine.
SHARPNESS = 10.0


def build() -> keras.Model:
    """The network: from uint8 RGB pictures `a` and `b` (n, height, width, 3), with sides in multiples of 32.

    To `mask`, the logits of change (n, height / 2, width / 2, 1), and `descriptors`, unit vectors for cells of 16 x 16
    pixels (n, height / 16, width / 16, 2, DESCRIPTOR), of A and of B.
    """
    a, b = (keras.Input((None, None, 3), dtype="uint8", name=name) for name in ("a", "b"))
    encoder = _encoder()
    of_a, of_b = encoder(a), encoder(b)
    describe = layers.Conv2D(DESCRIPTOR, 1, name="descriptor")
    descriptors = ops.normalize(ops.stack([describe(of_a[-1]), describe(of_b[-1])], axis=-2), axis=-1)
    mask = _decode(of_a, of_b)
    return keras.Model([a, b], {"mask": mask, "descriptors": descriptors})


def _encoder() -> keras.Model:
    picture = keras.Input((None, None, 3), dtype="uint8")
    levels = ops.cast(picture, "float32") / 255
    # Light multiplies; in logarithms it adds, and differences between neighbours do not see it.
    x = ops.concatenate([levels * 2 - 1, ops.log(levels + 0.04) + 1], axis=-1)
    features = []
    for i, channels in enumerate(CHANNELS):
        x = _convolve(x, channels, strides=2)
        if i:
            x = layers.add([x, _convolve(x, channels)])
        features.append(x)
    return keras.Model(picture, features, name="encoder")


def _decode(of_a: list[Any], of_b: list[Any]) -> Any:
    """Compare from coarse to fine: each scale adds what it sees to what coarser ones have seen."""
    coarse = _compare(of_a[-1], of_b[-1], _attend(of_a[-1], of_b[-1]))
    x = _convolve(coarse, CHANNELS[-1])
    for channels, fine_a, fine_b in zip(CHANNELS[-2::-1], of_a[-2::-1], of_b[-2::-1], strict=True):
        above = layers.UpSampling2D(interpolation="nearest")(_convolve(x, channels, size=1))
        x = layers.add([above, _compare(fine_a, fine_b)])
        x = layers.add([x, _convolve(_convolve(x, channels), channels)])
    return layers.Conv2D(1, 3, padding="same", bias_initializer=keras.initializers.Constant(-2), name="mask")(x)


def _compare(a: Any, b: Any, *more: Any) -> Any:
    """How they differ, and what is there: the same for (a, b) and (b, a)."""
    return _convolve(ops.concatenate([ops.absolute(a - b), a + b, *more], axis=-1), a.shape[-1], size=1)


def _attend(a: Any, b: Any) -> Any:
    """How each cell differs from what it finds like itself anywhere in the other picture."""
    share = layers.Conv2D(DESCRIPTOR, 1, name="query")
    pooled = layers.AveragePooling2D(2)
    return _missing(a, pooled(b), share) + _missing(b, pooled(a), share)


def _missing(cells: Any, others: Any, share: Any) -> Any:
    query, keys = (ops.normalize(share(x), axis=-1) for x in (cells, others))
    # Cosines are bounded, so that the softmax needs no maximum taken off, and no reshaping of unknown shapes.
    weights = ops.exp(SHARPNESS * ops.einsum("nhwc,nijc->nhwij", query, keys))
    found = ops.einsum("nhwij,nijc->nhwc", weights, others)
    return ops.absolute(cells - found / ops.sum(weights, axis=(3, 4))[..., None])


def _convolve(x: Any, channels: int, size: int = 3, strides: int = 1) -> Any:
    x = layers.Conv2D(channels, size, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))
