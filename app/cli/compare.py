"""`compare`: compare two files without a server."""

import json
import os
import shutil
from typing import TYPE_CHECKING

import click

from app.cli.environment import settings
from app.cli.failing import Failure, exit_on_interrupt
from app.cli.files import STREAM, read_upload, writable, write_output
from app.cli.options import comparison_options, fail_on, reached
from app.evaluation.report import VerdictKind
from app.evaluation.request import EvaluationRequest
from app.vision.decoding.stderr import suppress_stderr

if TYPE_CHECKING:
    from app.batch.offline import Outcome

MAX_WIDTH, DEFAULT_WIDTH = 120, 100  # columns; the latter without a terminal

EXITS = """\b
Exit codes:
  0    compared
  1    the verdict reached --fail-on
  2    an error, described in one line on standard error
  130  interrupted"""


@click.command(epilog=EXITS)
@click.argument("a", type=click.Path(allow_dash=True, readable=False))
@click.argument("b", type=click.Path(allow_dash=True, readable=False))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, as the API has it, not as a table.")
@click.option("--html", metavar="FILE", callback=writable, help="Write the report, one file that needs no network.")
@click.option("--png", metavar="FILE", callback=writable, help="Write the sheet for a bug report.")
@fail_on
@click.option("-q", "--quiet", is_flag=True, help="Print no table.")
@comparison_options
def compare(
    a: str,
    b: str,
    request: EvaluationRequest,
    as_json: bool,
    html: str | None,
    png: str | None,
    fail_on: VerdictKind | None,
    quiet: bool,
) -> None:
    """Compare the pictures A and B, before and after.

    Needs no server and stores nothing. A or B may be -, standard input, and FILE may be -, standard output. --ignore
    takes areas as the table prints them: x,y,width,height. The settings MAX_BODY (for one picture), MAX_PIXELS,
    DEADLINE and TFHUB_CACHE_DIR apply as for the service.
    """
    if a == b == STREAM:
        raise click.UsageError("Only one of A and B can be -, standard input.")
    if [as_json, html == STREAM, png == STREAM].count(True) > 1:
        raise click.UsageError("Only one of --json, --html - and --png - can have standard output.")
    outcome = _compare(a, b, request)
    if html:
        write_output(html, outcome.html().encode())
    if png:
        write_output(png, outcome.png())
    if as_json:
        click.echo(json.dumps(outcome.json(), indent=2))
    elif not quiet and STREAM not in (html, png):
        _print_table(outcome)
    click.get_current_context().exit(reached(outcome.report.verdict.kind, fail_on))


def _compare(a: str, b: str, request: EvaluationRequest) -> "Outcome":
    # Imported here, because these imports would delay `--help` by half a second.
    from app.batch.offline import compare_files
    from app.evaluation.pipeline import PictureRejected
    from app.execution.deadline import DeadlinePassed, StepTimer
    from app.vision.networks import imagenet

    current = settings()
    imagenet.configure(current.weights)
    before, after = (read_upload(path, current.max_body) for path in (a, b))
    try:
        with suppress_stderr(), exit_on_interrupt():
            return compare_files(before, after, request, current.max_pixels, StepTimer(current.deadline))
    except PictureRejected as error:
        raise Failure(f"{error}.") from error
    except DeadlinePassed as error:
        raise Failure(f"{error} DEADLINE sets another.") from error


def _print_table(outcome: "Outcome") -> None:
    from app.cli.table import table

    width = min(shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns, MAX_WIDTH)
    click.echo(table(outcome.report, width), color=False if os.environ.get("NO_COLOR") else None)
