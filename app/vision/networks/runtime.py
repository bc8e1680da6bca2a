"""TensorFlow settings. TensorFlow is imported only where it is needed: the import takes seconds and half a gigabyte.

It must not be imported before a fork: in a process forked from one that has loaded it, TensorFlow hangs.
"""

import os
from typing import Any

Tensor = Any  # TensorFlow comes without types


def prepare_tensorflow() -> None:
    """Make TensorFlow quiet and its GPU memory grow on demand. Call it before the import; set variables are kept."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # quiet but for a few lines at import (tensorflow#100442)
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # else each worker takes all memory of the GPU


def device_name(device: str) -> str:
    """A readable name of a TensorFlow device such as /job:localhost/replica:0/task:0/device:GPU:0."""
    kind, index = device.split(":")[-2:]
    if kind != "GPU":
        return kind
    import tensorflow as tf

    gpu = tf.config.list_physical_devices("GPU")[int(index)]
    return f"GPU: {tf.config.experimental.get_device_details(gpu).get('device_name', 'unknown')}"
