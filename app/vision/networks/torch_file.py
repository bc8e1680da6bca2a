"""Reads weights in PyTorch's legacy file format, without PyTorch and without running code that the file names.

The format (`torch.save` before version 1.6) is five pickles, then the storages. The pickles are a magic number, the
protocol, sizes of C types, the tensors by name, and the keys of the storages in order. Each storage is the number of
its values as int64, then the values, little-endian.
"""

import io
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class TorchFileError(Exception):
    """The file is not in this format or holds more than tensors; the message has the reason."""


@dataclass(frozen=True)
class Storage:
    """Type and number of the values that tensors are views of, before they are read."""

    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class View:
    """A tensor as the pickle describes it. strides: in values, not bytes."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class TensorUnpickler(pickle.Unpickler):
    """Builds ordered dictionaries of tensors. All other names are refused before they are imported."""

    def find_class(self, module: str, name: str) -> Any:
        """One of the few names that a weights file needs. Raises TorchFileError for any other."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        if module == "torch" and name in TYPES:
            return TYPES[name]
        raise TorchFileError(f"it asks for {module}.{name}, which no tensor needs")

    def persistent_load(self, pid: Any) -> Storage:
        """A storage from ("storage", type, key, device, count, view)."""
        _, dtype, key, _device, count, _view = pid
        return Storage(key, dtype, count)


def read_tensors(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """The tensors in a file by name: float32 or int64, as they are stored. Raises TorchFileError."""
    try:
        return _tensors(io.BytesIO(data))
    except TorchFileError:
        raise
    except Exception as error:  # a damaged pickle may raise any exception
        raise TorchFileError(f"it cannot be read ({type(error).__name__})") from error


def _tensors(file: io.BytesIO) -> dict[str, npt.NDArray[Any]]:
    magic, protocol, _sizes, views, keys = (TensorUnpickler(file).load() for _ in range(5))
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise TorchFileError("it is not in PyTorch's legacy format")
    storages = {view.storage.key: view.storage for view in views.values()}
    values = {key: _values(file, storages[key]) for key in keys}
    return {name: _array(view, values[view.storage.key]) for name, view in views.items()}


def _view(storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_rest: Any) -> View:
    return View(storage, offset, shape, strides)


def _values(file: io.BytesIO, storage: Storage) -> npt.NDArray[Any]:
    (count,) = struct.unpack("<q", file.read(8))
    if count != storage.count:
        raise TorchFileError("a storage has another size than its tensors say")
    return np.frombuffer(file.read(count * storage.dtype.itemsize), storage.dtype, count)


def _array(view: View, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A tensor as an array. Shape and strides are checked first: they could address memory outside the storage."""
    last = view.offset + sum((side - 1) * stride for side, stride in zip(view.shape, view.strides, strict=True))
    if view.offset < 0 or min((1, *view.shape)) < 1 or min((0, *view.strides)) < 0 or last >= len(values):
        raise TorchFileError("a tensor reaches beyond its storage")
    strides = [stride * values.itemsize for stride in view.strides]
    return np.lib.stride_tricks.as_strided(values[view.offset :], view.shape, strides, writeable=False)
