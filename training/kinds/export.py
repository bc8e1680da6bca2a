"""The trained classifier as OpenCV reads it: a frozen TensorFlow graph of plain operations, with its SHA-256 beside."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from keras import layers

from app.vision.arrays import Float32
from app.vision.networks.kind_classifier import CHANNELS as FEATURES
from app.vision.networks.kind_classifier import MEASURES, REACH, SIDE
from training.export import write
from training.kinds.network import AREA_SCALES, AREAS, CHANNELS, SIDES

Weights = tuple[Float32, Float32]  # kernel and bias


def export(model: Any, path: Path) -> None:
    """Write a network as training.kinds.network.build() makes them, for one order of the pictures.

    OpenCV's importer knows neither batch normalization, which is folded into the convolutions, nor the reshaping that
    Keras adds to biases; and it multiplies only arrays of the same shape.
    """
    weights = iter(list(_folded(model.get_layer("one_order"))))  # all of them now: a graph cannot read variables
    with tf.Graph().as_default() as graph:
        x = features = tf.compat.v1.placeholder(tf.float32, (None, SIDE, SIDE, FEATURES), name="features")
        flat = tf.compat.v1.placeholder(tf.float32, (None, 1, 1, (2 * REACH + 1) * MEASURES), name="profiles")
        pooled = []
        for i, channels in enumerate(CHANNELS):
            x = _activated(x, next(weights), 2)
            if i:
                x = x + _activated(x, next(weights))
            if i in AREA_SCALES:
                reduced = tf.nn.avg_pool2d(features, SIDE // SIDES[i], SIDE // SIDES[i], "VALID")
                pooled += [_average(x * _repeated(reduced, FEATURES - AREAS + k, channels)) for k in range(AREAS)]
        x = tf.concat([_average(x), tf.nn.max_pool2d(x, SIDES[-1], SIDES[-1], "VALID"), *pooled], 3)
        for _ in range(2):
            flat = _activated(flat, next(weights))
        x = _activated(tf.concat([x, flat], 3), next(weights))
        tf.identity(_convolved(x, next(weights)), name="logits")
    write(graph.as_graph_def().SerializeToString(), path)


def _folded(model: Any) -> Iterator[Weights]:
    """Kernel and bias of each convolution, with the batch normalization after it."""
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    normalizations = iter([layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)])
    for layer in convolutions:
        kernel = np.asarray(layer.kernel)
        if layer.use_bias:
            yield kernel, np.asarray(layer.bias)
            continue
        norm = next(normalizations)
        gain = np.asarray(norm.gamma) / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
        yield kernel * gain, np.asarray(norm.beta) - np.asarray(norm.moving_mean) * gain


def _activated(x: Any, weights: Weights, strides: int = 1) -> Any:
    return tf.nn.relu(_convolved(x, weights, strides))


def _average(x: Any) -> Any:
    side = x.shape[1]
    return tf.nn.avg_pool2d(x, side, side, "VALID")


def _repeated(features: Any, channel: int, times: int) -> Any:
    """One channel, so many times."""
    kernel = np.zeros((1, 1, FEATURES, times), np.float32)
    kernel[0, 0, channel] = 1
    return tf.nn.conv2d(features, kernel, 1, "SAME")


def _convolved(x: Any, weights: Weights, strides: int = 1) -> Any:
    return tf.nn.bias_add(tf.nn.conv2d(x, weights[0], strides, "SAME"), weights[1])
