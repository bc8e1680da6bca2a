"""What the Dockerfile says of owners, read from its text: a build takes minutes and an engine."""

import re

from tests.serving import ROOT

FINAL = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]


def test_the_service_owns_its_data_only() -> None:
    owned = re.findall(r"^COPY .*--ch(?:own|mod)=\S+ (.*)$", FINAL, re.MULTILINE)
    assert owned == ["/data /data"]
    assert not re.search(r"\bch(own|mod) ", FINAL)
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", FINAL, re.MULTILINE)
    (weights,) = re.findall(r"TFHUB_CACHE_DIR=(\S+)", FINAL)
    assert not weights.startswith("/data")
    assert f"COPY --from=build {weights} {weights}\n" in FINAL
