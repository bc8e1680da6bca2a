"""EfficientNet-Lite0 as functions of TensorFlow.

M. Tan, Q. V. Le: EfficientNet: rethinking model scaling for convolutional neural networks. ICML 2019. The variant
"Lite" has no squeeze-and-excitation, ReLU6 instead of swish, and neither scales the stem nor the head.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from app.vision.networks.runtime import Tensor

# For each stage: number of blocks, kernel side, stride of the first block.
STAGES = ((1, 3, 1), (2, 3, 2), (2, 5, 2), (3, 3, 2), (3, 5, 1), (4, 5, 2), (1, 3, 1))
EPSILON = 1e-3  # of the batch normalisation
# From PyTorch's order of axes (out, in, height, width) to TensorFlow's.
CONVOLUTION, DEPTHWISE = (2, 3, 1, 0), (2, 3, 0, 1)

Weights = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Layer:
    """A convolution with its batch normalisation folded in: float32 kernel, and bias (channels,).

    They are tensors, which all graphs share: graphs copy arrays several times, which took 290 MB more in a worker, for
    calls that took a quarter less time.
    """

    kernel: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Block:
    """An inverted bottleneck: expand the channels (except in the first block), depthwise convolution, project.

    residual: whether the input is added to the output.
    """

    expand: Layer | None
    depthwise: Layer
    stride: int
    project: Layer
    residual: bool


class EfficientNet:
    """The network, built from weights named as in the PyTorch package. Raises KeyError if one is missing.

    Pictures are float32 (n, height, width, 3), RGB in [0, 1], of any size. All methods are differentiable.
    """

    def __init__(self, weights: Weights) -> None:
        self._stem = _layer(weights, "_conv_stem", "_bn0", CONVOLUTION)
        blocks = _blocks(weights)
        self._stages = [[next(blocks) for _ in range(count)] for count, _, _ in STAGES]
        self._head = _layer(weights, "_conv_head", "_bn1", CONVOLUTION)
        self._dense = Layer(tf.constant(weights["_fc.weight"].T), tf.constant(weights["_fc.bias"]))

    def stages(self, pictures: Tensor) -> list[Tensor]:
        """The outputs of the seven stages, reduced by factors of 2, 4, 8, 16, 16, 32 and 32."""
        x = tf.nn.relu6(_convolve((pictures * 255 - 127) / 128, self._stem, 2))
        outputs = []
        for stage in self._stages:
            for block in stage:
                x = _apply(block, x)
            outputs.append(x)
        return outputs

    def features(self, pictures: Tensor) -> Tensor:
        """The mean of each channel of the head: float32 (n, 1280)."""
        return tf.reduce_mean(tf.nn.relu6(_convolve(self.stages(pictures)[-1], self._head)), (1, 2))

    def logits(self, features: Tensor) -> Tensor:
        """Logits of the 1,000 classes, float32 (n, 1000), from the features."""
        return features @ self._dense.kernel + self._dense.bias


def _blocks(weights: Weights) -> Iterator[Block]:
    strides = [stride if first else 1 for count, _, stride in STAGES for first in (True, *[False] * (count - 1))]
    for index, stride in enumerate(strides):
        name = f"_blocks.{index}"
        depthwise = _layer(weights, f"{name}._depthwise_conv", f"{name}._bn1", DEPTHWISE)
        project = _layer(weights, f"{name}._project_conv", f"{name}._bn2", CONVOLUTION)
        # Only the first block does not expand. The input is added to the output if their shapes are equal.
        expand = _layer(weights, f"{name}._expand_conv", f"{name}._bn0", CONVOLUTION) if index else None
        residual = expand is not None and stride == 1 and expand.kernel.shape[2] == project.kernel.shape[3]
        yield Block(expand, depthwise, stride, project, residual)


def _layer(weights: Weights, convolution: str, normalisation: str, axes: tuple[int, ...]) -> Layer:
    scale = weights[f"{normalisation}.weight"] / np.sqrt(weights[f"{normalisation}.running_var"] + EPSILON)
    kernel = weights[f"{convolution}.weight"].transpose(axes)
    kernel = kernel * (scale[:, None] if axes == DEPTHWISE else scale)
    bias = weights[f"{normalisation}.bias"] - weights[f"{normalisation}.running_mean"] * scale
    return Layer(tf.constant(kernel, tf.float32), tf.constant(bias, tf.float32))


def _apply(block: Block, x: Tensor) -> Tensor:
    y = tf.nn.relu6(_convolve(x, block.expand)) if block.expand else x
    strides = (1, block.stride, block.stride, 1)
    y = tf.nn.relu6(tf.nn.depthwise_conv2d(y, block.depthwise.kernel, strides, "SAME") + block.depthwise.bias)
    y = _convolve(y, block.project)
    return x + y if block.residual else y


def _convolve(x: Tensor, layer: Layer, stride: int = 1) -> Tensor:
    return tf.nn.conv2d(x, layer.kernel, stride, "SAME") + layer.bias
