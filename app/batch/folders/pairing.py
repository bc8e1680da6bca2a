"""List the pictures of two folders and pair them by name."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath

# Suffixes of the formats that decode() reads. The suffix decides whether a file is listed, its contents the format.
SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif"}


@dataclass(frozen=True)
class Files:
    """A pair of files, or a file that only one folder has.

    before, after: names relative to BEFORE and AFTER, as the system has them; None for a missing file.
    renamed: the pair was found by contents, not by name.
    A file name may contain any byte but zero: `name` is for people, `id` for programs.
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
        """The name in BEFORE, or else in AFTER. Bytes that are not UTF-8 appear as `\\xff`."""
        return legible(self._name)

    @property
    def name_after(self) -> str | None:
        """The name in AFTER if it differs."""
        return None if self.after in (None, self._name) else legible(self.after or "")

    @property
    def _name(self) -> str:
        return self.before if self.before is not None else self.after or ""


@dataclass(frozen=True)
class Listing:
    """The relative names of a folder's pictures, and the number of skipped links that lead out of the folder."""

    names: frozenset[str]
    outside: int


def legible(name: str) -> str:
    """A file name as valid Unicode text."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def printable(text: str) -> str:
    """A name in one line, with control and bidirectional characters escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def list_pictures(folder: Path, exclude: Path, follow_links: bool = False) -> Listing:
    """The pictures below a folder: regular files with a suffix of SUFFIXES, in upper or lower case.

    Hidden files and folders and the folder `exclude` are skipped. Links to folders are not followed, because they may
    form cycles; links to files are followed if they stay in the folder, or everywhere with `follow_links`.
    Raises OSError.
    """
    root, excluded = folder.resolve(strict=True), exclude.resolve()
    names, outside = set(), 0
    for entry in _walk(root, excluded):
        if PurePath(entry.name).suffix.lower() not in SUFFIXES or not entry.is_file():
            continue
        path = Path(entry.path)
        if not follow_links and entry.is_symlink() and not path.resolve().is_relative_to(root):
            outside += 1
        else:
            names.add(str(path.relative_to(root)))
    return Listing(frozenset(names), outside)


def pair(before: Iterable[str], after: Iterable[str]) -> list[Files]:
    """Pair relative names, sorted and case-sensitive.

    Of the remaining files, those that differ only in their suffix, as x.png and x.jpg, are paired if each side has one.
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
    """A sort key: the name; of two files with one name, that of BEFORE comes first."""
    return files.name, files.before is None


def _walk(folder: Path, excluded: Path) -> Iterator[os.DirEntry[str]]:
    """All entries below a folder that are neither hidden nor folders. Links to folders are not followed."""
    folders = [folder]  # no recursion: folders may be nested more deeply than Python can call, or the system can open
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    yield entry
                elif Path(entry.path) != excluded:
                    folders.append(Path(entry.path))


def _by_stem(names: Iterable[str]) -> dict[str, list[str]]:
    stems: dict[str, list[str]] = {}
    for name in names:
        stems.setdefault(str(PurePath(name).with_suffix("")), []).append(name)
    return stems
