import os
from pathlib import Path

import pytest

from app.batch.folders.pairing import Files, list_pictures, pair
from tests.batch.folders.making import fill


def names(folder: Path, out: str = "out", follow_links: bool = False) -> list[str]:
    return sorted(list_pictures(folder, folder / out, follow_links).names)


def test_pictures_are_listed_at_any_depth_by_suffix(tmp_path: Path) -> None:
    wanted = ["a.png", "B.JPG", "deep/er/c.webp", "d.tiff", "e.bmp", "f.gif", "g.avif", "h.jpeg"]
    fill(tmp_path, dict.fromkeys([*wanted, "notes.txt", "png", "archive.png.zip"], b""))
    assert names(tmp_path) == sorted(wanted)


def test_hidden_files_and_the_results_are_skipped(tmp_path: Path) -> None:
    fill(tmp_path, dict.fromkeys(["a.png", ".b.png", ".git/c.png", "out/thumbnails/d.webp", "x/out/e.png"], b""))
    assert names(tmp_path) == ["a.png", "x/out/e.png"]


def test_the_results_are_skipped_by_any_path(tmp_path: Path) -> None:
    fill(tmp_path / "real", dict.fromkeys(["a.png", "out/b.png"], b""))
    (tmp_path / "link").symlink_to("real")
    assert names(tmp_path / "link") == ["a.png"]


def test_links_out_of_the_folder_are_counted_and_read_on_request(tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", {"a.png": b""})
    fill(tmp_path, {"secret.png": b""})
    (folder / "inner.png").symlink_to("a.png")
    (folder / "outer.png").symlink_to("../secret.png")
    (folder / "dangling.png").symlink_to("nothing.png")
    (folder / "circle").symlink_to(".")
    assert names(folder) == ["a.png", "inner.png"]
    assert list_pictures(folder, tmp_path / "out").outside == 1
    assert names(folder, follow_links=True) == ["a.png", "inner.png", "outer.png"]


def test_special_files_are_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")  # to read it would wait for ever
    (tmp_path / "folder.png").mkdir()
    assert names(tmp_path) == []


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list_pictures(tmp_path / "nothing", tmp_path)


def test_files_are_paired_by_name() -> None:
    assert pair(["b.png", "a.png", "x/a.png"], ["a.png", "c.png", "x/a.png"]) == [
        Files("a.png", "a.png"),
        Files("b.png", None),
        Files(None, "c.png"),
        Files("x/a.png", "x/a.png"),
    ]


def test_case_matters() -> None:
    assert pair(["A.png"], ["a.png"]) == [Files("A.png", None), Files(None, "a.png")]


def test_different_suffixes_are_paired_if_unambiguous() -> None:
    assert pair(["x.png", "y.png"], ["x.jpg", "z/y.jpg"]) == [
        Files("x.png", "x.jpg"),
        Files("y.png", None),
        Files(None, "z/y.jpg"),
    ]
    assert pair(["x.png"], ["x.jpg", "x.webp"]) == [Files(None, "x.jpg"), Files("x.png", None), Files(None, "x.webp")]
    # Equal names are paired first, which leaves one candidate.
    assert pair(["x.png", "x.gif"], ["x.png", "x.jpg"]) == [Files("x.gif", "x.jpg"), Files("x.png", "x.png")]


def test_a_name_may_contain_any_bytes(tmp_path: Path) -> None:
    odd = [b"\xff.png", b"\\xff.png", b'"<&>\n.png', "\u202egnp.png".encode()]
    for name in odd:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    found = pair(names(tmp_path), names(tmp_path))
    assert sorted(os.fsencode(files.before or "") for files in found) == sorted(odd)
    assert len({files.id for files in found}) == 4
    assert {files.name for files in found} == {r"\xff.png", '"<&>\n.png', "\u202egnp.png"}
    for files in found:
        files.name.encode()


def test_a_files_id_does_not_depend_on_its_side() -> None:
    assert Files("a.png", None).id == Files(None, "a.png").id == Files("a.png", "a.jpg").id
    assert [Files("a.png", after).name_after for after in ("a.png", "a.jpg", None)] == [None, "a.jpg", None]
