"""The embedded network: its weights, its computations, and files that are not its weights."""

import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.analysis import Unavailable
from app.vision.arrays import Float32, UInt8
from app.vision.networks import efficientnet_lite0
from app.vision.networks.network import network_input
from app.vision.networks.torch_file import read_tensors
from tests.pictures import changed_scene, scene

Put = Callable[[bytes], Path]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Replace the package's file by these bytes, and unload the network."""

    def put(data: bytes) -> Path:
        file = tmp_path / "weights.pth"
        file.write_bytes(data)
        monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: file)
        monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
        return file

    return put


def weights() -> bytes:
    file = efficientnet_lite0.weights_file()
    assert file is not None
    return file.read_bytes()


def test_the_package_has_the_weights_that_were_published() -> None:
    assert efficientnet_lite0.is_intact()


def test_it_has_a_thousand_classes_with_names_and_1280_features() -> None:
    network = efficientnet_lite0.network()
    batch = network_input([scene(), changed_scene()])
    assert (network.classify(batch).shape, network.embed(batch).shape) == ((2, 1000), (2, 1280))
    assert len(network.class_names) == 1000
    assert network.class_names[0] == "tench, Tinca tinca"
    assert (network.info.name, network.info.licence) == ("EfficientNet-Lite0", "Apache-2.0")
    assert network.device == "CPU" or network.device.startswith("GPU: ")
    assert not efficientnet_lite0.needs_loading()


def test_the_stem_is_the_convolution_that_the_weights_describe() -> None:
    """One output of the first layer, computed with NumPy from the stored weights."""
    tensors = read_tensors(weights())
    picture = scene()[:64, :64].astype(np.float32) / np.float32(255)
    patch = (picture[20:23, 30:33] * 255 - 127) / 128  # 'same' padding of an even side: rows 20 to 22 for row 10
    sums = np.einsum("oihw,hwi->o", tensors["_conv_stem.weight"], patch)
    spread = np.sqrt(tensors["_bn0.running_var"] + 1e-3)
    normalised = (sums - tensors["_bn0.running_mean"]) / spread * tensors["_bn0.weight"] + tensors["_bn0.bias"]
    block = tensors["_blocks.0._depthwise_conv.weight"]
    assert block.shape == (32, 1, 3, 3)
    stem = _stem(picture)[10, 15]
    np.testing.assert_allclose(stem, np.clip(normalised, 0, 6), atol=1e-5)


def _stem(picture: Float32) -> Float32:
    import tensorflow as tf

    from app.vision.networks.efficientnet import CONVOLUTION, _convolve, _layer

    layer = _layer(read_tensors(weights()), "_conv_stem", "_bn0", CONVOLUTION)
    return np.asarray(tf.nn.relu6(_convolve((picture[None] * 255 - 127) / 128, layer, 2))[0], np.float32)


def test_the_stages_halve_the_picture_five_times() -> None:
    stages = efficientnet_lite0.architecture().stages(network_input([scene()]))
    shapes = [tuple(stage.shape[1:]) for stage in stages]
    assert shapes == [
        (112, 112, 16),
        (56, 56, 24),
        (28, 28, 40),
        (14, 14, 80),
        (14, 14, 112),
        (7, 7, 192),
        (7, 7, 320),
    ]


class Call:
    """An object whose pickle writes a file when it is loaded unsafely."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path, str]]:
        return Path.write_text, (self.trace, "called")


@pytest.mark.parametrize("damage", ["truncated", "swapped", "malicious", "one bit"])
def test_another_file_is_refused_in_one_line(damage: str, put: Put, tmp_path: Path) -> None:
    data = weights()
    put(
        {
            "truncated": data[:-1000],
            "swapped": b"another network",
            "malicious": pickle.dumps(Call(tmp_path / "trace")),
            "one bit": data[:-1] + bytes([data[-1] ^ 1]),
        }[damage]
    )
    assert not efficientnet_lite0.is_intact()
    assert not efficientnet_lite0.needs_loading()
    with pytest.raises(Unavailable, match=r"^The weights of EfficientNet-Lite0 are refused: .* replaces it\.$"):
        efficientnet_lite0.network()
    assert not (tmp_path / "trace").exists()
    put(data)
    assert efficientnet_lite0.needs_loading()
    assert efficientnet_lite0.network().classify(network_input([scene()])).shape == (1, 1000)


def test_without_the_package_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    assert efficientnet_lite0.weights_file() is None
    with pytest.raises(Unavailable, match="are not here"):
        efficientnet_lite0.network()


def test_photographs_are_recognised(shared: Path) -> None:
    network = efficientnet_lite0.network()
    for name in ("dalmatian", "pizza", "panda", "strawberry"):
        file = shared / "data/photos" / f"{name}_0001.jpg"
        picture: UInt8 = cv2.cvtColor(np.asarray(cv2.imread(str(file))), cv2.COLOR_BGR2RGB).astype(np.uint8)
        best = int(network.classify(network_input([picture]))[0].argmax())
        assert name in network.class_names[best]
