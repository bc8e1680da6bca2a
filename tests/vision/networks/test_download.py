"""Download of the weights from a real HTTP server, complete or not at all."""

import gzip
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from app.vision.networks.download import PullError, is_reachable, pull_model
from app.vision.networks.weights import Weights, find, is_model, model_dir
from tests.hub import COMPRESSED, Short, archive, digest_of, hub, packed

MODEL = digest_of(b"model")


def quiet(_done: int, _total: int | None) -> None:
    """Tell nobody."""


def saved_model(name: str = "saved_model.pb") -> bytes:
    return archive((tarfile.TarInfo(name), b"model"))


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def assert_nothing_left(cache: Path) -> None:
    assert list(cache.glob("*")) == []


def test_a_model_is_pulled_once_and_progress_is_reported(small_weights: Weights, tmp_path: Path) -> None:
    pinned = small_weights.classification_sha256
    body = packed(model_dir(small_weights.classification_handles[0], small_weights.cache_dir))
    steps: list[tuple[int, int | None]] = []
    with hub({f"/m{COMPRESSED}": body}) as root:
        handle = pull_model((f"{root}/m",), pinned, tmp_path, lambda done, total: steps.append((done, total)))
    assert steps[-1] == (len(body), len(body))
    assert sorted(steps) == steps
    # The server is gone: what is here is not fetched again.
    assert pull_model((handle,), pinned, tmp_path, quiet) == handle
    assert [path.name for path in tmp_path.iterdir()] == [model_dir(handle, tmp_path).name]
    assert (model_dir(handle, tmp_path) / "variables" / "variables.index").is_file()


def test_files_can_be_read_by_another_user(tmp_path: Path) -> None:
    private = member("saved_model.pb")
    private.mode = 0o600
    with hub({f"/m{COMPRESSED}": archive((private, b"model"))}) as root:
        folder = model_dir(pull_model((f"{root}/m",), MODEL, tmp_path, quiet), tmp_path)
    assert (folder.stat().st_mode & 0o055, (folder / "saved_model.pb").stat().st_mode & 0o044) == (0o055, 0o044)


def test_a_refusal_falls_through_to_the_next_handle(tmp_path: Path) -> None:
    with hub({f"/a{COMPRESSED}": 403, f"/b{COMPRESSED}": saved_model()}) as root:
        handles = (f"{root}/a", f"{root}/b")
        assert pull_model(handles, MODEL, tmp_path, quiet) == f"{root}/b"
        assert find(handles, MODEL, tmp_path) == f"{root}/b"


def test_the_error_has_each_handle_with_its_reason_on_one_line(tmp_path: Path) -> None:
    with hub({f"/a{COMPRESSED}": 403}) as root, pytest.raises(PullError) as failure:
        pull_model((f"{root}/a", f"{root}/b", "file:///etc/passwd"), MODEL, tmp_path, quiet)
    first, second, third = str(failure.value).split("; ")
    assert first == f"{root}/a: the server answered 403 Forbidden"
    assert second == f"{root}/b: the server answered 404 Not Found"
    assert third.startswith("file:///etc/passwd: it begins with neither http")
    assert_nothing_left(tmp_path)


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with hub({f"/m{COMPRESSED}": None}) as root:
        start = time.monotonic()
        with pytest.raises(PullError, match="no answer in time"):
            pull_model((f"{root}/m",), MODEL, tmp_path, quiet, timeout=0.2)
    assert time.monotonic() - start < 5


def test_no_server_is_an_error(tmp_path: Path) -> None:
    with hub({}) as root:
        pass
    with pytest.raises(PullError, match="refused"):
        pull_model((f"{root}/m",), MODEL, tmp_path, quiet)


@pytest.mark.parametrize(
    "evil",
    [
        member("../evil"),
        member("/evil"),
        member("model/../../evil"),
        member("evil", tarfile.SYMTYPE, "/etc/passwd"),
        member("evil", tarfile.LNKTYPE, "saved_model.pb"),
        member("evil", tarfile.FIFOTYPE),
    ],
    ids=lambda info: f"{info.name} {info.type!r}",
)
def test_an_unsafe_archive_is_refused(evil: tarfile.TarInfo, tmp_path: Path) -> None:
    body = archive((tarfile.TarInfo("saved_model.pb"), b"model"), (evil, b""))
    cache = tmp_path / "cache"
    with hub({f"/m{COMPRESSED}": body}) as root, pytest.raises(PullError, match=r"unsafe.*evil"):
        pull_model((f"{root}/m",), MODEL, cache, quiet)
    assert_nothing_left(cache)
    assert list(tmp_path.iterdir()) == [cache]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>Sorry</html>", "gzip"),
        (Short(saved_model()), r"connection broke after \d+ of \d+ bytes"),
        (saved_model()[:-20], "end-of-stream|Compressed"),
        (gzip.compress(b"no tar" * 500), "."),
        (saved_model("other.pb"), f"another model, with the SHA-256 [0-9a-f]{{64}} instead of {MODEL}"),
        (gzip.compress(bytes(2_000_000)), "more than 1000000 bytes"),
        (bytes(2_000_000), "more than 1000000 bytes"),
    ],
    ids=["page", "broken off", "cut off", "no tar", "no model", "bomb", "too large"],
)
def test_an_archive_without_a_model_is_refused(body: bytes, reason: str, tmp_path: Path) -> None:
    with hub({f"/m{COMPRESSED}": body}) as root, pytest.raises(PullError, match=reason):
        pull_model((f"{root}/m",), MODEL, tmp_path, quiet, limit=1_000_000)
    assert_nothing_left(tmp_path)


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PullError, match="file"):
        pull_model(("http://127.0.0.1:9/m",), MODEL, tmp_path / "file", quiet)


def test_one_hub_that_answers_is_enough() -> None:
    with hub({f"/b{COMPRESSED}": saved_model(), f"/a{COMPRESSED}": None}) as root:
        assert is_reachable((f"{root}/a", f"{root}/b"), 5)


@pytest.mark.parametrize("answer", [403, None])
def test_a_hub_that_refuses_or_never_answers_is_not_reachable(answer: int | None) -> None:
    with hub({f"/a{COMPRESSED}": answer}) as root:
        began = time.monotonic()
        assert not is_reachable((f"{root}/a", "nonsense"), 0.5)
        assert time.monotonic() - began < 2


def test_no_handles_are_no_hub() -> None:
    assert not is_reachable((), 5)


def test_a_model_installed_meanwhile_is_kept(tmp_path: Path) -> None:
    """Of two simultaneous pulls, the slower one finds the model installed."""
    with hub({f"/m{COMPRESSED}": saved_model()}) as root:
        folder = model_dir(f"{root}/m", tmp_path)
        theirs = set()

        def overtake(_done: int, _total: int | None) -> None:
            folder.mkdir(exist_ok=True)
            (folder / "saved_model.pb").write_bytes(b"model")
            theirs.add((folder / "saved_model.pb").stat().st_ino)

        pull_model((f"{root}/m",), MODEL, tmp_path, overtake)
    assert is_model(folder, MODEL)
    assert theirs == {(folder / "saved_model.pb").stat().st_ino}


def test_a_damaged_model_is_pulled_again(tmp_path: Path) -> None:
    with hub({f"/m{COMPRESSED}": saved_model()}) as root:
        handles = (pull_model((f"{root}/m",), MODEL, tmp_path, quiet),)
        file = model_dir(handles[0], tmp_path) / "saved_model.pb"
        file.write_bytes(b"mod3l")
        assert find(handles, MODEL, tmp_path) is None
        assert pull_model(handles, MODEL, tmp_path, quiet) == handles[0]
    assert file.read_bytes() == b"model"
    assert [path.name for path in tmp_path.iterdir()] == [file.parent.name]


def test_no_redirect_leads_from_https_to_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -addext subjectAltName=IP:127.0.0.1 -out"
    subprocess.run([*make.split(), certificate, "-keyout", tmp_path / "key"], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with certificate.open("a") as file:
        file.write((tmp_path / "key").read_text())
    cache = tmp_path / "cache"
    with (
        hub({"/m": saved_model()}) as plain,
        hub({f"/m{COMPRESSED}": f"{plain}/m", f"/n{COMPRESSED}": "/m", "/m": saved_model()}, certificate) as secure,
        hub({f"/m{COMPRESSED}": f"{secure}/m", f"/n{COMPRESSED}": "ftp://127.0.0.1/m"}) as mirror,
    ):
        for handle, reason in ((f"{secure}/m", "from https to http$"), (f"{mirror}/n", "from http to ftp$")):
            with pytest.raises(PullError, match=f"it redirects {reason}"):
                pull_model((handle,), MODEL, cache, quiet)
            assert not is_reachable((handle,), 5)
        for handle in (f"{secure}/n", f"{mirror}/m"):
            assert pull_model((handle,), MODEL, cache, quiet) == handle
