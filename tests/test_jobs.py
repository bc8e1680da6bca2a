"""What a worker process does as it starts."""

import threading
from pathlib import Path

import pytest

from app import jobs as tasks
from app.config import Settings
from app.vision.analyses import lpips
from app.vision.networks import change_detector as eye
from app.vision.networks import embedded, imagenet


def warm(folder: Path) -> None:
    """Warm up, and wait until that is over."""
    tasks.load_networks_in_background(Settings(data_dir=folder / "data", tfhub_cache_dir=folder / "tfhub"))
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join(60)


def test_every_network_is_loaded_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    monkeypatch.setattr(embedded, "_loaded", None)
    monkeypatch.setattr(lpips, "load", lambda: loads.append("lpips"))
    monkeypatch.setattr(eye, "eye", lambda: loads.append("eye"))
    assert imagenet.needs_loading()
    warm(tmp_path)
    assert not imagenet.needs_loading()
    assert loads == ["lpips", "eye"]


def test_without_any_weights_tensorflow_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "PACKAGE", "no_such_package")
    monkeypatch.setattr(embedded, "_loaded", None)
    loads: list[str] = []
    monkeypatch.setattr(lpips, "load", lambda: loads.append("lpips"))
    monkeypatch.setattr(eye, "eye", lambda: loads.append("eye"))
    warm(tmp_path)
    assert not loads
