"""What is kept: pictures as files, and the pairs and reports that refer to them as rows."""

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
    """A picture as sent: a name that is only ever data, and the bytes, of which nothing is known yet."""

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

    So whatever has a row is whole, and what is returned is durable. Everything may raise StorageError.
    """

    def __init__(self, data_dir: Path, database_url: str) -> None:
        """Open both, bringing the tables up to date. data_dir: shared by all processes that use the database."""
        self.blobs = Blobs(data_dir / "blobs")
        self.records = Records(database_url)
        # A lock of the database would not do: SQLite fails at once where two processes turn on its WAL together.
        with self.blobs.exclusive():
            self.records.migrate()

    def check(self) -> None:
        """Raise StorageError where files or rows cannot be written."""
        self.blobs.check()
        self.records.check()

    def save_pair(self, a: Upload, b: Upload, owner: str | None) -> PairRecord:
        """Store two pictures."""
        with self._storing() as put:
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
        """Store the answer to `key` about a pair. Raises MissingPair where that was deleted meanwhile.

        images: None for those that are drawn when somebody asks for them.
        guest: somebody else than the pair's owner asked, who is not to find it among the owner's recent ones.
        """
        with self._storing() as put:
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
        """Store more pictures of a report. Raises MissingPair where it was deleted meanwhile."""
        with self._storing() as put:
            added = _put_images(images, put)
            self.records.add_images(report.id, added)
        return replace(report, images={**report.images, **added})

    def answer(self, pair: PairRecord, key: str, guest: bool = False) -> ReportRecord | None:
        """The stored answer to `key`, as a report about this pair. Raises MissingPair.

        An answer about another pair with the same pictures is copied: its ids are somebody else's, and it may go. So is
        what a guest asked for, when the owner asks: it becomes one of the owner's.
        """
        with self.blobs.shared():
            found = self.records.find_report(key, pair.id)
            if found is None or (found.pair == pair.id and (guest or not found.guest)):
                return found
            copy = replace(found, id=new_id(), pair=pair.id, created=datetime.now(UTC), guest=guest)
            self.records.add_report(copy)
            return copy

    def delete_pair(self, pair_id: str) -> None:
        """Delete a pair, its reports, and those of their pictures that nothing else refers to."""
        with self.blobs.exclusive():
            for digest in self.records.delete_pair(pair_id):
                self.blobs.remove(digest)

    def sweep(self) -> int:
        """Remove the pictures that no row refers to, left by processes killed between file and row; how many.

        Never with another database than the one that the pictures were stored with: it refers to none of them.
        """
        return self._remove_unreferenced(self.blobs)

    def _remove_unreferenced(self, digests: Iterable[str]) -> int:
        with self.blobs.exclusive():
            unreferenced = self.records.unreferenced(digests)
            for digest in unreferenced:
                self.blobs.remove(digest)
        return len(unreferenced)

    @contextmanager
    def _storing(self) -> Iterator[Callable[[bytes], str]]:
        """Lend `put`, to be followed by the rows; where those fail, what was put is taken back."""
        stored: set[str] = set()

        def put(data: bytes) -> str:
            stored.add(digest := self.blobs.put(data))
            return digest

        try:
            with self.blobs.shared():
                yield put
        except BaseException:
            with suppress(StorageError):  # sweep() is left
                self._remove_unreferenced(stored)
            raise


def _put_images(images: Mapping[str, Image | None], put: Callable[[bytes], str]) -> dict[str, ImageRecord]:
    return {
        name: ImageRecord(put(image.data), image.media_type) if image else NOT_DRAWN for name, image in images.items()
    }
