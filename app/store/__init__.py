"""Storage: pictures as files, and the pairs and reports that refer to them as database rows."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from app.store.blobs import Blobs
from app.store.errors import StorageError, StorageLimitReached, storage_errors
from app.store.permissions import make_private_folder
from app.store.records import NOT_DRAWN, FileRecord, ImageRecord, PairRecord, Records, ReportRecord, new_id
from app.store.usage import ROWS

log = logging.getLogger(__name__)

MEBIBYTE = 1024 * 1024
MAX_SWEPT = 100  # pairs that one request deletes to make space: about a second's work


@dataclass(frozen=True)
class Upload:
    """A picture as sent: its untrusted name, which is never used as a path, and its undecoded bytes."""

    name: str
    data: bytes


class Image(Protocol):
    """A picture for a report."""

    @property
    def data(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...


class Store:
    """Files and rows together: a row is written after its files and removed before them.

    So the files of every row are complete, and returned records are durable. Every method may raise StorageError.
    """

    @storage_errors()
    def __init__(self, data_dir: Path, database_url: str, max_bytes: int = 0, sweep_when_full: bool = False) -> None:
        """Open both and migrate the tables. data_dir: shared by all processes that use the database.

        max_bytes: of everything that is stored, as app/store/usage.py counts it; 0 for no limit.
        sweep_when_full: when it is reached, delete the oldest pairs that were stored without an API key, instead of
        raising StorageLimitReached.
        """
        self._max_bytes, self._sweep_when_full = max_bytes, sweep_when_full
        make_private_folder(data_dir)
        self.blobs = Blobs(data_dir / "blobs")
        self.records = Records(database_url)
        # Not a lock of the database: SQLite fails immediately if two processes enable its WAL at the same time.
        with self.blobs.exclusive():
            self.records.migrate()
            self.records.usage.measure(self.blobs.size)

    def check(self) -> None:
        """Raise StorageError if files or rows cannot be written."""
        self.blobs.check()
        self.records.check()

    def save_pair(self, a: Upload, b: Upload, owner: str | None) -> PairRecord:
        """Store two pictures."""
        self._make_space(ROWS + len(a.data) + len(b.data))
        with self._rollback() as put:
            files = [FileRecord(file.name, put(file.data), len(file.data)) for file in (a, b)]
            pair = PairRecord(new_id(), datetime.now(UTC), owner, *files)
            self.records.add_pair(pair)
        return pair

    def save_report(
        self,
        pair: PairRecord,
        key: str,
        options: BaseModel,
        body: BaseModel,
        images: Mapping[str, Image | None],
        guest: bool = False,
    ) -> ReportRecord:
        """Store the report of a pair under `key`. Raises MissingPair if the pair was deleted meanwhile.

        images: by name; None for an image that is drawn on demand.
        guest: the request was not the owner's, so the report is not among the owner's recent reports.
        """
        values = body.model_dump(mode="json")
        self._make_space(ROWS + len(json.dumps(values)) + _size(images), pair.id)
        with self._rollback() as put:
            report = ReportRecord(
                id=new_id(),
                pair=pair.id,
                created=datetime.now(UTC),
                key=key,
                options=options.model_dump(mode="json"),
                body=values,
                images=_put_images(images, put),
                guest=guest,
            )
            self.records.add_report(report, _sizes(report.images, images))
        return report

    def add_images(self, report: ReportRecord, images: Mapping[str, Image | None]) -> ReportRecord:
        """Store more pictures of a report. Raises MissingPair if the report was deleted meanwhile."""
        self._make_space(_size(images), report.pair)
        with self._rollback() as put:
            added = _put_images(images, put)
            self.records.add_images(report.id, added, _sizes(added, images))
        return replace(report, images={**report.images, **added})

    def save_preview(self, pair: PairRecord, side: str, image: Image) -> None:
        """Store A or B of a pair as a page shows it. Raises MissingPair if the pair was deleted meanwhile."""
        self._make_space(len(image.data), pair.id)
        with self._rollback() as put:
            preview = ImageRecord(put(image.data), image.media_type)
            self.records.add_preview(pair.id, side, preview, len(image.data))

    def find_stored_report(self, pair: PairRecord, key: str, guest: bool = False) -> ReportRecord | None:
        """The stored report for `key`, as a report of this pair; None without one. Raises MissingPair.

        A report of another pair with the same pictures is copied, since its ids belong to another user, who may delete
        it. A guest's report is copied when the owner requests it, so that the copy is the owner's.
        """
        found = self.records.find_report(key, pair.id)
        if found is None or _answers(found, pair, guest):
            return found
        # Before the lock is taken, which deletions wait for.
        self._make_space(self.records.usage.of_report(found.id), pair.id, found.pair)
        with self.blobs.shared():
            found = self.records.find_report(key, pair.id)  # again, since it may have been deleted or copied meanwhile
            if found is None or _answers(found, pair, guest):
                return found
            copy = replace(found, id=new_id(), pair=pair.id, created=datetime.now(UTC), guest=guest)
            self.records.add_report(copy)
            return copy

    def delete_pair(self, pair_id: str) -> None:
        """Delete a pair, its reports, and their pictures except those that other rows refer to.

        It takes as long for these, so that its time does not tell that somebody else has stored them.
        """
        with self.blobs.exclusive():
            digests = self.records.digests(pair_id)
            unreferenced = self.records.delete_pair(pair_id)
            for digest in digests:
                (self.blobs.remove if digest in unreferenced else self.blobs.imitate_removal)(digest)

    def sweep(self) -> int:
        """Remove pictures that no row refers to, left by processes that were killed between writing file and row.

        Returns their number. With a database other than that of the pictures, this would remove all of them.
        """
        # Seconds for some 100,000 pictures, in which nobody is kept waiting. With the lock, only these are asked again.
        return self._remove_unreferenced(self.records.unreferenced(self.blobs))

    def _remove_unreferenced(self, digests: Iterable[str]) -> int:
        with self.blobs.exclusive():
            unreferenced = self.records.forget_unreferenced(digests)
            for digest in unreferenced:
                self.blobs.remove(digest)
        return len(unreferenced)

    def _make_space(self, size: int, *but: str) -> None:
        """Raise StorageLimitReached unless `size` more bytes may be stored. The caller holds no lock.

        If old pairs may be deleted for it, they are, except the pairs `but`: none if all of them would not suffice,
        and no more than MAX_SWEPT.
        """
        left = MAX_SWEPT if self._sweep_when_full else 0
        while self._max_bytes and (missing := self.records.usage.counted_bytes() + size - self._max_bytes) > 0:
            oldest = self.records.usage.oldest_anonymous(missing, but, left)
            if not oldest:
                raise StorageLimitReached(
                    f"The storage has reached its limit, {self._max_bytes / MEBIBYTE:,.1f} MiB (MAX_STORAGE). "
                    "Something has to be deleted before more can be stored."
                )
            for pair_id in oldest:
                self.delete_pair(pair_id)
                log.warning("The storage is at its limit: deleted the pair %s, the oldest without a key.", pair_id)
            left -= len(oldest)

    @contextmanager
    def _rollback(self) -> Iterator[Callable[[bytes], str]]:
        """Yield a function that stores files; if the block fails to write their rows, the files are removed."""
        stored: set[str] = set()

        def put(data: bytes) -> str:
            stored.add(digest := self.blobs.put(data))
            return digest

        try:
            with self.blobs.shared():
                yield put
        except BaseException:
            with suppress(StorageError):  # sweep() removes them later
                self._remove_unreferenced(stored)
            raise


def _answers(report: ReportRecord, pair: PairRecord, guest: bool) -> bool:
    """Whether a stored report answers a request for a pair as it is, without a copy."""
    return report.pair == pair.id and (guest or not report.guest)


def _put_images(images: Mapping[str, Image | None], put: Callable[[bytes], str]) -> dict[str, ImageRecord]:
    return {
        name: ImageRecord(put(image.data), image.media_type) if image else NOT_DRAWN for name, image in images.items()
    }


def _size(images: Mapping[str, Image | None]) -> int:
    return sum(len(image.data) for image in images.values() if image)


def _sizes(records: Mapping[str, ImageRecord], images: Mapping[str, Image | None]) -> dict[str, int]:
    """The bytes of each image by its digest."""
    return {records[name].sha256: len(image.data) for name, image in images.items() if image}
