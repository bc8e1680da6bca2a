"""`models`: the networks that embeddings and classes come from."""

import sys
import time

import click

from app.cli.environment import settings
from app.vision.networks import embedded, mobilenet
from app.vision.networks.download import Progress, PullError, is_reachable, pull_model

MEGABYTE = 1e6
EVERY = 5.0  # seconds between lines where they cannot be overwritten


@click.group()
def models() -> None:
    """The networks that embeddings and classes come from.

    EfficientNet-Lite0 arrives with the packages. MobileNet V2, which is used where it is, comes from a model hub.
    """


@models.command()
@click.option(
    "--within",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Where no model hub answers in that time, do without: one line, exit code 0.",
)
def pull(within: float | None) -> None:
    """Fetch MobileNet V2 if it is missing or damaged. Exit code 0 when it is there."""
    weights = settings().weights
    try:
        if within and not weights.complete and not is_reachable(weights.classification_handles, within):
            raise PullError(f"no model hub answered within {within:g} s")
        pull_model(weights.classification_handles, weights.cache_dir, meter("classifier"))
        pull_model(weights.feature_handles, weights.cache_dir, meter("embedding"))
    except PullError as failure:
        if not within:
            raise click.ClickException(f"cannot fetch the MobileNet weights: {failure}") from failure
        instead = f"{embedded.INFO.name}, which came with the packages, measures embeddings and classes."
        click.echo(f"No MobileNet weights: {failure}. {instead if embedded.is_intact() else _why_not()}")
    else:
        click.echo(f"The MobileNet weights are in {weights.cache_dir}.")


@models.command()
def status() -> None:
    """Show which weights are here, and which network is used. Exit code 0 when there is one."""
    weights, intact = settings().weights, embedded.is_intact()
    in_use = mobilenet.NAME if weights.complete else embedded.INFO.name if intact else "none"
    click.echo(f"in use        {in_use}")
    click.echo(f"embedded      {embedded.INFO.name if intact else _why_not()}")
    click.echo(f"cache folder  {weights.cache_dir}")
    click.echo(f"classifier    {weights.classifier or 'missing'}")
    click.echo(f"embedding     {weights.embedding or 'missing'}")
    for handle in weights.damaged:
        click.echo(f"damaged       {handle}")
    if in_use == "none":
        raise click.ClickException(_why_not())


def _why_not() -> str:
    return embedded.REFUSED if embedded.weights_file() else embedded.MISSING


def meter(name: str) -> Progress:
    """Shows how far a download is: one line that changes on a terminal, else a line every few seconds."""
    terminal = sys.stdout.isatty()
    shown = time.monotonic()

    def show(done: int, total: int | None) -> None:
        """Print the bytes that are here, of the bytes in all where the server says how many."""
        nonlocal shown
        share = f"{done / total:4.0%} of {total / MEGABYTE:.1f} MB" if total else f"{done / MEGABYTE:.1f} MB"
        if terminal:
            click.echo(f"{name}: {share}\r", nl=done == total)
        elif time.monotonic() - shown > EVERY or done == total:
            shown = time.monotonic()
            click.echo(f"{name}: {share}")

    return show
