import os
from pathlib import Path

import pytest

from app.batch.folders.journal import NAME, AlreadyRunning, journal
from app.batch.folders.row import Row


def make(name: str, reason: str | None = None) -> Row:
    return Row(id=name, name=name, status="added", reason=reason)


def test_added_rows_are_known_to_the_next_run(tmp_path: Path) -> None:
    with journal(tmp_path, fresh=False) as kept:
        assert kept.add(make("a"))
        assert kept.add(make("b\n\u202e\"'</script>"))
    with journal(tmp_path, fresh=False) as kept:
        assert list(kept.known.values()) == [make("a"), make("b\n\u202e\"'</script>")]
        assert not kept.add(make("a"))
        assert kept.add(make("a", "another"))
    with journal(tmp_path, fresh=False) as kept:
        assert kept.known["a"].reason == "another"
    assert (tmp_path / NAME).read_bytes().count(b"\n") == 3


def test_a_line_is_on_disk_at_once(tmp_path: Path) -> None:
    with journal(tmp_path, fresh=False) as kept:
        kept.add(make("a"))
        assert (tmp_path / NAME).read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("cut", [1, 20])
def test_an_incomplete_last_line_is_ignored_and_replaced(tmp_path: Path, cut: int) -> None:
    with journal(tmp_path, fresh=False) as kept:
        kept.add(make("a"))
        kept.add(make("b"))
    os.truncate(tmp_path / NAME, (tmp_path / NAME).stat().st_size - cut)
    with journal(tmp_path, fresh=False) as kept:
        assert list(kept.known) == ["a"]
        kept.add(make("c"))
    with journal(tmp_path, fresh=False) as kept:
        assert list(kept.known) == ["a", "c"]


def test_invalid_lines_are_ignored(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b'{"id": "old"}\n\xff\xfe\nnull\n' + make("a").model_dump_json().encode() + b"\n")
    with journal(tmp_path, fresh=False) as kept:
        assert list(kept.known) == ["a"]


def test_fresh_deletes_earlier_rows(tmp_path: Path) -> None:
    with journal(tmp_path, fresh=False) as kept:
        kept.add(make("a"))
    with journal(tmp_path, fresh=True) as kept:
        assert not kept.known
    assert (tmp_path / NAME).read_bytes() == b""


def test_a_second_run_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with journal(tmp_path, fresh=False) as kept:
        kept.add(make("a"))
        with pytest.raises(AlreadyRunning, match=f"another run writes to {tmp_path}"), journal(tmp_path, fresh=True):
            pass
        assert (tmp_path / NAME).stat().st_size
    with journal(tmp_path, fresh=False):
        pass
