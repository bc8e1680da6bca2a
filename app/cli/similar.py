"""`similar`: find the pictures of a folder that look most like one picture."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TextIO

import click

from app.cli.environment import settings
from app.cli.failing import Failure, exit_on_interrupt
from app.cli.files import STREAM, list_folders, read_upload, shown_name, writable, write_output
from app.cli.progress import Progress
from app.vision.decoding.stderr import suppress_stderr

if TYPE_CHECKING:
    from app.batch.folders.similar import Limits, Measurement, Neighbour, Query

DEFAULT_WIDTH, MIN_WIDTH = 10_000, 24  # columns; without a terminal no name is wrapped
MARGIN = len("rank  distance  ")

EXITS = """\b
Exit codes:
  0    compared; files that cannot be read are named on standard error and skipped
  2    an error, described in one line on standard error
  130  interrupted; the same command continues"""


@click.command(epilog=EXITS)
@click.argument("query", type=click.Path(allow_dash=True, readable=False))
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("--k", type=click.IntRange(1), default=10, show_default=True, metavar="NUMBER", help="How many to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, not a table.")
@click.option(
    "--html",
    metavar="FILE",
    callback=writable,
    help="Write a page with thumbnails of the pictures, one file that needs no network.",
)
@click.option("--follow-links", is_flag=True, help="Read files through links that lead out of the folder.")
@click.option("-q", "--quiet", is_flag=True, help="Print neither progress nor table.")
def similar(query: str, folder: str, k: int, as_json: bool, html: str | None, follow_links: bool, quiet: bool) -> None:
    """Show the pictures of FOLDER that look most like the picture QUERY, nearest first.

    The distance is the cosine distance between the features that a network computes of two pictures. Features are kept
    in CACHE_DIR, so the next search in the same pictures takes seconds. Hidden files are skipped, and so is QUERY if it
    is in FOLDER. QUERY may be -, standard input, and FILE may be -, standard output. The settings MAX_BODY (for one
    picture), MAX_PIXELS and TFHUB_CACHE_DIR apply as for the service.
    """
    from app.batch.folders.similar import nearest, similar_page  # imports inside functions keep `--help` fast

    if as_json and html == STREAM:
        raise click.UsageError("Only one of --json and --html - can have standard output.")
    limits = _limits()
    names = _names(query, folder, limits, follow_links)
    picture = _query(query, limits)
    measured = _measure(picture, folder, names, limits, quiet)
    neighbours = nearest(measured, Path(folder), k)
    if html:
        with suppress_stderr():
            name = Path(folder).resolve().name or folder
            page = similar_page(picture, name, len(measured), neighbours, limits)
        write_output(html, page.encode())
    if as_json:
        click.echo(json.dumps(_as_json(picture, neighbours), indent=2))
    elif not quiet and html != STREAM:
        click.echo("\n".join(_table(picture, folder, len(measured), neighbours)))


def _limits() -> "Limits":
    from app.batch.folders.similar import Limits
    from app.vision.networks import imagenet

    current = settings()
    imagenet.configure(current.weights)
    return Limits(current.max_body, current.max_pixels, current.cache_dir)


def _names(query: str, folder: str, limits: "Limits", follow_links: bool) -> list[str]:
    """The pictures of the folder except the query. Raises Failure if there are none."""
    from app.batch.folders.similar import other_names

    (found,) = list_folders([Path(folder)], limits.cache, follow_links)
    names = sorted(found) if query == STREAM else other_names(found, Path(folder), query)
    if not names:
        raise Failure(f"{folder}: there are no {'other ' if found else ''}pictures in this folder.")
    return names


def _query(path: str, limits: "Limits") -> "Query":
    from app.batch.folders.features import features
    from app.batch.folders.similar import Query
    from app.vision.analysis import Unavailable
    from app.vision.decoding.errors import PictureError

    file = read_upload(path, limits.max_bytes)
    try:
        with suppress_stderr(), exit_on_interrupt():
            return Query(file.name, file.data, features(file.data, limits.max_pixels, limits.cache))
    except PictureError as error:
        raise Failure(f"{shown_name(path)}: {error}.") from error
    except Unavailable as error:
        raise Failure(str(error)) from error


def _measure(query: "Query", folder: str, names: Sequence[str], limits: "Limits", quiet: bool) -> "list[Measurement]":
    """Measure all pictures, show progress, and print the skipped files. Raises Failure if all are skipped."""
    from app.batch.folders.pairing import legible, printable
    from app.batch.folders.similar import measure_distances

    measured = []
    with (
        _standard_error() as stream,
        suppress_stderr(),
        Progress(len(names), "pictures", quiet, stream) as progress,
        closing(measure_distances(query.features, Path(folder), names, limits)) as measurements,
    ):
        for measurement in measurements:
            progress.step(measurement.measured)
            if measurement.distance is not None:
                measured.append(measurement)
            else:
                progress.clear()
                print(f"{printable(legible(measurement.name))}: {measurement.reason}; skipped.", file=stream)
    if not measured:
        raise Failure(f"{folder}: none of the pictures can be read.")
    return measured


@contextmanager
def _standard_error() -> Iterator[TextIO]:
    """A copy of standard error that stays open while suppress_stderr() discards the messages of libraries."""
    try:
        descriptor = os.dup(sys.stderr.fileno())
    except (OSError, ValueError):  # tests replace it with an object without a descriptor
        yield sys.stderr
        return
    with os.fdopen(descriptor, "w", encoding=sys.stderr.encoding, errors="replace", buffering=1) as stream:
        yield stream


def _as_json(query: "Query", neighbours: "Sequence[Neighbour]") -> dict[str, Any]:
    results = [{"name": neighbour.name, "distance": round(neighbour.distance, 6)} for neighbour in neighbours]
    return {"query": query.name, "network": query.features.network, "results": results}


def _table(query: "Query", folder: str, compared: int, neighbours: "Sequence[Neighbour]") -> Iterator[str]:
    """The table in lines of at most the terminal's width; longer names are wrapped."""
    from app.batch.folders.pairing import legible, printable

    width = max(shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns, MIN_WIDTH)
    pictures = "1 picture" if compared == 1 else f"{compared:,} pictures"
    yield from wrap(f"Most like {query.name}, of {pictures} in {printable(legible(folder))}:", width)
    yield from ("", "rank  distance  name")
    for neighbour in neighbours:
        first, *more = _pieces(printable(neighbour.name), width - MARGIN)
        yield f"{neighbour.rank:>4,}  {neighbour.distance:>8.4f}  {first}"
        yield from (" " * MARGIN + piece for piece in more)
    yield ""
    network = query.features.network
    yield from wrap(f"The distance is the cosine distance between features of {network}; 0 is the least.", width)


def _pieces(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)]
