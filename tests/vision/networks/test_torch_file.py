"""Files of weights are read as data: pickles that would run code are refused."""

import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.vision.networks.torch_file import MAGIC, PROTOCOL, TorchFileError, read_tensors

SIZES = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}


def tensor(key: str, kind: str, count: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> bytes:
    """A tensor in the opcodes of protocol 2, as PyTorch writes it: _rebuild_tensor_v2(storage, offset, ...)."""
    storage = b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu") + number(count) + b"NtQ"
    sizes = b"".join([b"(", *map(number, shape), b"t(", *map(number, strides), b"t"])
    rest = b"\x89ccollections\nOrderedDict\n)R"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + sizes + rest + b"tR"


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def state(**tensors: bytes) -> bytes:
    """The fourth pickle: an ordered dictionary of tensors."""
    items = b"".join(text(name) + described for name, described in tensors.items())
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + items + b"u."


def file(tensors: bytes, *storages: tuple[str, bytes], magic: int = MAGIC) -> bytes:
    head = [pickle.dumps(part, 2) for part in (magic, PROTOCOL, SIZES)]
    keys = pickle.dumps([key for key, _ in storages], 2)
    return b"".join([*head, tensors, keys, *(data for _, data in storages)])


def values(array: "np.ndarray[Any, Any]") -> bytes:
    return struct.pack("<q", array.size) + array.tobytes()


SIX = np.arange(6, dtype="<f4")


def test_tensors_are_views_of_their_storages() -> None:
    data = file(
        state(
            kernel=tensor("0", "FloatStorage", 6, 0, (2, 3), (3, 1)),
            turned=tensor("0", "FloatStorage", 6, 0, (3, 2), (1, 3)),
            tail=tensor("0", "FloatStorage", 6, 4, (2,), (1,)),
            count=tensor("1", "LongStorage", 1, 0, (), ()),
        ),
        ("0", values(SIX)),
        ("1", values(np.array([7], "<i8"))),
    )
    found = read_tensors(data)
    np.testing.assert_array_equal(found["kernel"], SIX.reshape(2, 3))
    np.testing.assert_array_equal(found["turned"], SIX.reshape(2, 3).T)
    np.testing.assert_array_equal(found["tail"], [4, 5])
    assert found["count"].dtype == np.int64
    assert int(found["count"]) == 7
    assert found["kernel"].dtype == np.float32


class Call:
    """An object whose pickle runs a command when it is loaded unsafely."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (self.command,)


@pytest.mark.parametrize("index", range(5))
def test_a_pickle_that_calls_something_is_refused_before_it_does(index: int, tmp_path: Path) -> None:
    trace = tmp_path / "called"
    parts: list[Any] = [MAGIC, PROTOCOL, SIZES, OrderedDict(), []]
    parts[index] = Call(f"touch {trace}")
    data = b"".join(pickle.dumps(part, 2) for part in parts)
    with pytest.raises(TorchFileError, match=r"it asks for posix.system, which no tensor needs"):
        read_tensors(data)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(1, (2, 3), (3, 1)), (0, (7,), (1,)), (-1, (2,), (1,)), (5, (2,), (-1,)), (0, (2, 2), (5, 1)), (0, (0,), (1,))],
)
def test_a_tensor_that_leaves_its_storage_is_refused(
    offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    data = file(state(x=tensor("0", "FloatStorage", 6, offset, shape, strides)), ("0", values(SIX)))
    with pytest.raises(TorchFileError, match="beyond its storage"):
        read_tensors(data)


@pytest.mark.parametrize("kept", [0, 1, 30, 100, -1, -24, -200])
def test_a_truncated_file_is_refused(kept: int) -> None:
    data = file(state(x=tensor("0", "FloatStorage", 6, 0, (6,), (1,))), ("0", values(SIX)))
    with pytest.raises(TorchFileError):
        read_tensors(data[:kept])


def test_other_files_are_refused() -> None:
    with pytest.raises(TorchFileError, match="cannot be read"):
        read_tensors(b"PK\x03\x04" + bytes(100))
    with pytest.raises(TorchFileError, match="legacy format"):
        read_tensors(file(state(), magic=1))
    wrong = file(state(x=tensor("0", "FloatStorage", 6, 0, (6,), (1,))), ("0", values(SIX[:5])))
    with pytest.raises(TorchFileError, match="another size"):
        read_tensors(wrong)
