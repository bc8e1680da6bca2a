"""docs/service.md: the unit fits the service that it starts."""

from configparser import RawConfigParser

from app.config import Settings
from app.execution.process_pool import GRACE_SECONDS
from app.web.server import STOP_SECONDS
from tests.docs.fenced import ROOT, blocks

PAGE = "docs/service.md"


def unit() -> dict[str, str]:
    """What the unit says of the service; of what stands there twice, both."""
    (block,) = blocks(PAGE, "ini")
    lines = [line.partition("=")[::2] for line in block.text.split("[Service]")[1].split("[Install]")[0].split("\n")]
    said: dict[str, str] = {}
    for name, value in lines:
        said[name] = f"{said[name]} {value}" if name in said else value
    return said


def test_systemd_waits_longer_than_the_server_and_the_server_than_a_comparison() -> None:
    assert int(unit()["TimeoutStopSec"]) > STOP_SECONDS + GRACE_SECONDS
    assert Settings.model_fields["deadline"].default + GRACE_SECONDS < STOP_SECONDS
    assert f"{STOP_SECONDS} seconds" in " ".join((ROOT / PAGE).read_text().split())


def test_it_stops_the_way_that_lets_comparisons_finish() -> None:
    assert unit()["KillMode"] == "mixed"


def test_its_variables_are_settings() -> None:
    (block,) = blocks(PAGE, "ini")
    RawConfigParser(strict=False).read_string(block.text)
    names = {pair.partition("=")[0] for pair in unit()["Environment"].split()}
    assert names <= {name.upper() for name in Settings.model_fields} | {"HOST", "PORT"}
