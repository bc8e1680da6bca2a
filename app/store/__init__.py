"""Storage: pictures as files, and the pairs and reports that refer to them as database rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from app.store.blobs import Blobs
from app.store.errors import StorageError
from app.store.records import NOT_DRAWN, FileRecord, ImageRecord, PairRecord, Records, ReportRecord, new_id


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

    def __init__(self, data_dir: Path, database_url: str) -> None:
        """Open both and migrate the tables. data_dir: shared by all processes that use the database."""
        self.blobs = Blobs(data_dir / "blobs")
        self.records = Records(database_url)
        # Not a lock of the database: SQLite fails immediately if two processes enable its WAL at the same time.
        with self.blobs.exclusive():
            self.records.migrate()

    def check(self) -> None:
        """Raise StorageError if files or rows cannot be written."""
        self.blobs.check()
        self.records.check()

    def save_pair(self, a: Upload, b: Upload, owner: str | None) -> PairRecord:
        """Store two pictures."""
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
        with self._rollback() as put:
            report = ReportRecord(
                id=new_id(),
                pair=pair.id,
                created=datetime.now(UTC),
                key=key,
                options=options.model_dump(mode="json"),
                body=body.model_dump(mode="json"),
                images=_put_images(images, put),
                guest=guest,
            )
            self.records.add_report(report)
        return report

    def add_images(self, report: ReportRecord, images: Mapping[str, Image | None]) -> ReportRecord:
        """Store more pictures of a report. Raises MissingPair if the report was deleted meanwhile."""
        with self._rollback() as put:
            added = _put_images(images, put)
            self.records.add_images(report.id, added)
        return replace(report, images={**report.images, **added})

    def save_preview(self, pair: PairRecord, side: str, image: Image) -> None:
        """Store A or B of a pair as a page shows it. Raises MissingPair if the pair was deleted meanwhile."""
        with self._rollback() as put:
            self.records.add_preview(pair.id, side, ImageRecord(put(image.data), image.media_type))

    def find_stored_report(self, pair: PairRecord, key: str, guest: bool = False) -> ReportRecord | None:
        """The stored report for `key`, as a report of this pair; None without one. Raises MissingPair.

        A report of another pair with the same pictures is copied, since its ids belong to another user, who may delete
        it. A guest's report is copied when the owner requests it, so that the copy is the owner's.
        """
        with self.blobs.shared():
            found = self.records.find_report(key, pair.id)
            if found is None or (found.pair == pair.id and (guest or not found.guest)):
                return found
            copy = replace(found, id=new_id(), pair=pair.id, created=datetime.now(UTC), guest=guest)
            self.records.add_report(copy)
            return copy

    def delete_pair(self, pair_id: str) -> None:
        """Delete a pair, its reports, and their pictures except those that other rows refer to."""
        with self.blobs.exclusive():
            for digest in self.records.delete_pair(pair_id):
                self.blobs.remove(digest)

    def sweep(self) -> int:
        """Remove pictures that no row refers to, left by processes that were killed between writing file and row.

        Returns their number. With a database other than that of the pictures, this would remove all of them.
        """
        return self._remove_unreferenced(self.blobs)

    def _remove_unreferenced(self, digests: Iterable[str]) -> int:
        with self.blobs.exclusive():
            unreferenced = self.records.unreferenced(digests)
            for digest in unreferenced:
                self.blobs.remove(digest)
        return len(unreferenced)

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


def _put_images(images: Mapping[str, Image | None], put: Callable[[bytes], str]) -> dict[str, ImageRecord]:
    return {
        name: ImageRecord(put(image.data), image.media_type) if image else NOT_DRAWN for name, image in images.items()
    }
