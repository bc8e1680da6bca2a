"""A light Siamese U-Net: one encoder for both pictures, and a decoder that compares what it finds at four scales.

Separable convolutions of 5 x 5 pixels (L. Sifre and S. Mallat; F. Chollet, "Xception", CVPR 2017), from a quarter of
the size on: the convolutions at half the size and at full size took half of the time of the former network. Half the
size has only the few channels that outlines need; without them, masks were five pixels too wide on each side.
Everything between is symmetric, so that swapping the pictures cannot change the mask. Co-attention, as in "The Change
You Want to See" (Sachdeva and Zisserman, WACV 2023), was left out: pictures are aligned before, and at a megapixel it
took a third of the time.
"""

from typing import Any

import keras
from keras import layers, ops

# Channels, and units of the encoder and of the decoder, at a quarter, an eighth and a sixteenth of the size.
CHANNELS = (24, 64, 112)
ENCODER_UNITS, DECODER_UNITS = (1, 2, 4), (1, 2, 2)
KERNEL = 5
# Channels at half the size, where outlines are drawn.
FINE, FINE_UNITS, FINE_KERNEL = 8, 1, 3
# What finds a cell of A again in B.
DESCRIPTOR = 64


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
    mask = _outline(_decode(of_a[1:], of_b[1:]), of_a[0], of_b[0])
    return keras.Model([a, b], {"mask": mask, "descriptors": descriptors})


def _encoder() -> keras.Model:
    picture = keras.Input((None, None, 3), dtype="uint8")
    x = _convolve(_logarithms(picture), FINE, 2, 2)
    features = [x]
    for i, channels in enumerate(CHANNELS):
        x = _separate(x, channels, strides=2) if i else _convolve(x, channels, 2, 2)
        for _ in range(ENCODER_UNITS[i]):
            x = layers.add([x, _separate(x, channels)])
        features.append(x)
    return keras.Model(picture, features, name="encoder")


def _logarithms(picture: Any) -> Any:
    """Light multiplies; in logarithms it adds, and differences between neighbours do not see it."""
    return ops.log(ops.cast(picture, "float32") + 10) / 2 - 2


def _decode(of_a: list[Any], of_b: list[Any]) -> Any:
    """Compare from coarse to fine: each scale adds what it sees to what coarser ones have seen."""
    x = None
    for fine_a, fine_b, units in zip(of_a[::-1], of_b[::-1], DECODER_UNITS[::-1], strict=True):
        channels = fine_a.shape[-1]
        compared = _compare(fine_a, fine_b)
        if x is not None:
            above = layers.UpSampling2D(interpolation="nearest")(_convolve(x, channels, 1))
            compared = layers.add([above, compared])
        x = compared
        for _ in range(units):
            x = layers.add([x, _separate(x, channels)])
    return x


def _outline(coarse: Any, fine_a: Any, fine_b: Any) -> Any:
    """The logits at half the size: what a quarter of the size says, cut to the outlines that half the size shows."""
    above = ops.depth_to_space(_convolve(coarse, 4 * FINE, 1), 2)
    x = layers.add([above, _compare(fine_a, fine_b)])
    for _ in range(FINE_UNITS):
        x = layers.add([x, _separate(x, FINE)])
    bias = keras.initializers.Constant(-2)
    return layers.Conv2D(1, 3, padding="same", bias_initializer=bias, name="mask")(x)


def _compare(a: Any, b: Any) -> Any:
    """How they differ, and what is there: the same for (a, b) and (b, a)."""
    return _convolve(ops.concatenate([ops.absolute(a - b), a + b], axis=-1), a.shape[-1], 1)


def _separate(x: Any, channels: int, strides: int = 1) -> Any:
    """A convolution of each channel by itself, then of all at each pixel."""
    size = FINE_KERNEL if channels == FINE else KERNEL
    x = layers.DepthwiseConv2D(size, strides=strides, padding="same", use_bias=False)(x)
    return _convolve(layers.BatchNormalization(momentum=0.98)(x), channels, 1)


def _convolve(x: Any, channels: int, size: int, strides: int = 1) -> Any:
    x = layers.Conv2D(channels, size, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))
