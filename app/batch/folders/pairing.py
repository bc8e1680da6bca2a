"""Which file of BEFORE belongs to which of AFTER: that of the same name."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath

# Of the formats that decode() reads. The contents decide what a file is; its name, whether it is looked at.
SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif"}


@dataclass(frozen=True)
class Files:
    """A file of BEFORE, one of AFTER, or both: relative names as the system has them, None where there is none.

    renamed: the two names have nothing in common; the contents say that it is one picture.
    Such a name may hold anything but a zero byte: `name` is for people and files, `id` for programs.
    """

    before: str | None
    after: str | None
    renamed: bool = False

    @property
    def id(self) -> str:
        """A digest of the name's bytes: 32 hexadecimal digits that can name files."""
        return sha256(os.fsencode(self._name)).hexdigest()[:32]

    @property
    def name(self) -> str:
        """The name in BEFORE, or where that has none, in AFTER. Bytes that are not UTF-8 read `\\xff`."""
        return legible(self._name)

    @property
    def name_after(self) -> str | None:
        """The name in AFTER, where it is another."""
        return None if self.after in (None, self._name) else legible(self.after or "")

    @property
    def _name(self) -> str:
        return self.before if self.before is not None else self.after or ""


@dataclass(frozen=True)
class Listing:
    """The pictures of a folder by relative name, and how many links were passed over as they lead out of it."""

    names: frozenset[str]
    outside: int


def legible(name: str) -> str:
    """A file name as text that every encoding of Unicode can hold."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def list_pictures(folder: Path, leave_out: Path, follow_links: bool = False) -> Listing:
    """The pictures below a folder: regular files with a suffix of SUFFIXES, in any case.

    Hidden files and folders are passed over, and so is the folder `leave_out`. Links to folders are not followed, as
    they may run in circles; links to files are where they stay in the folder, or everywhere with `follow_links`.
    Raises OSError.
    """
    root, left_out = folder.resolve(strict=True), leave_out.resolve()
    names, outside = set(), 0
    for entry in _walk(root, left_out):
        if PurePath(entry.name).suffix.lower() not in SUFFIXES or not entry.is_file():
            continue
        path = Path(entry.path)
        if not follow_links and entry.is_symlink() and not path.resolve().is_relative_to(root):
            outside += 1
        else:
            names.add(str(path.relative_to(root)))
    return Listing(frozenset(names), outside)


def pair(before: Iterable[str], after: Iterable[str]) -> list[Files]:
    """Pair relative names, sorted. Upper and lower case differ, as they do for the system.

    What is left is paired where only the suffix is another, as of x.png and x.jpg, if each side has one such file.
    """
    old, new = set(before), set(after)
    pairs = [Files(name, name) for name in old & new]
    rest_old, rest_new = _by_stem(old - new), _by_stem(new - old)
    for stem in rest_old.keys() | rest_new.keys():
        left, right = rest_old.get(stem, []), rest_new.get(stem, [])
        if len(left) == len(right) == 1:
            pairs.append(Files(left[0], right[0]))
        else:
            pairs += [Files(name, None) for name in left] + [Files(None, name) for name in right]
    return sorted(pairs, key=by_name)


def by_name(files: Files) -> tuple[str, bool]:
    """A key to sort by; of two files of one name, that of BEFORE comes first."""
    return files.name, files.before is None


def _walk(folder: Path, left_out: Path) -> Iterator[os.DirEntry[str]]:
    """Whatever is not hidden and no folder, below a folder that is no link."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not entry.is_dir(follow_symlinks=False):
                yield entry
            elif Path(entry.path) != left_out:
                yield from _walk(Path(entry.path), left_out)


def _by_stem(names: Iterable[str]) -> dict[str, list[str]]:
    stems: dict[str, list[str]] = {}
    for name in names:
        stems.setdefault(str(PurePath(name).with_suffix("")), []).append(name)
    return stems
