"""Start-up of a worker process."""

import threading
from pathlib import Path

import pytest

from app import jobs
from app.config import Settings
from app.vision.analyses import lpips
from app.vision.networks import change_detector, efficientnet_lite0, imagenet


def warm(folder: Path) -> None:
    """Load the networks and wait until they are loaded."""
    jobs.prepare_worker(Settings(data_dir=folder / "data", tfhub_cache_dir=folder / "tfhub"))
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join(60)


def test_every_network_is_loaded_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    monkeypatch.setattr(lpips, "load", lambda: loads.append("lpips"))
    monkeypatch.setattr(change_detector, "change_network", lambda: loads.append("change"))
    assert imagenet.needs_loading()
    warm(tmp_path)
    assert not imagenet.needs_loading()
    assert loads == ["lpips", "change"]


def test_networks_are_loaded_on_demand_if_the_settings_say_so(tmp_path: Path) -> None:
    jobs.prepare_worker(Settings(data_dir=tmp_path, tfhub_cache_dir=tmp_path, preload_networks=False))
    assert all(thread.name != "warm-up" for thread in threading.enumerate())


def test_no_network_is_loaded_without_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    loads: list[str] = []
    monkeypatch.setattr(lpips, "load", lambda: loads.append("lpips"))
    monkeypatch.setattr(change_detector, "change_network", lambda: loads.append("change"))
    warm(tmp_path)
    assert not loads
