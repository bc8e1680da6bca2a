"""`models`: fetch and list the networks for embeddings and classes."""

import sys
import time

import click

from app.cli.environment import settings
from app.vision.networks import efficientnet_lite0, mobilenet
from app.vision.networks.download import Progress, PullError, is_reachable, pull_model

MEGABYTE = 1e6
LINE_SECONDS = 5.0  # between lines on anything but a terminal


@click.group()
def models() -> None:
    """The networks that compute embeddings and classes.

    EfficientNet-Lite0 comes with the packages. MobileNet V2 comes from a model hub and is preferred when it is there.
    """


@models.command()
@click.option(
    "--within",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Do without if no model hub answers in this time: one line, exit code 0.",
)
def pull(within: float | None) -> None:
    """Fetch MobileNet V2 if it is missing or damaged. Exit code 0 when it is there."""
    weights = settings().weights
    try:
        if within and not weights.complete and not is_reachable(weights.classification_handles, within):
            raise PullError(f"no model hub answered within {within:g} s")
        folder = weights.cache_dir
        pull_model(weights.classification_handles, weights.classification_sha256, folder, meter("classifier"))
        pull_model(weights.feature_handles, weights.feature_sha256, folder, meter("embedding"))
    except PullError as failure:
        if not within:
            raise click.ClickException(f"cannot fetch the MobileNet weights: {failure}") from failure
        fallback = f"{efficientnet_lite0.INFO.name}, which came with the packages, measures embeddings and classes."
        outcome = fallback if efficientnet_lite0.is_intact() else _embedded_problem()
        click.echo(f"No MobileNet weights: {failure}. {outcome}")
    else:
        click.echo(f"The MobileNet weights are in {weights.cache_dir}.")


@models.command()
def status() -> None:
    """Show which weights are here and which network is used. Exit code 0 when there is one."""
    weights, intact = settings().weights, efficientnet_lite0.is_intact()
    in_use = mobilenet.NAME if weights.complete else efficientnet_lite0.INFO.name if intact else "none"
    click.echo(f"in use        {in_use}")
    click.echo(f"embedded      {efficientnet_lite0.INFO.name if intact else _embedded_problem()}")
    click.echo(f"cache folder  {weights.cache_dir}")
    click.echo(f"classifier    {weights.classifier or 'missing'}")
    click.echo(f"embedding     {weights.embedding or 'missing'}")
    for handle in weights.damaged:
        click.echo(f"damaged       {handle}")
    if in_use == "none":
        raise click.ClickException(_embedded_problem())


def _embedded_problem() -> str:
    return efficientnet_lite0.REFUSED if efficientnet_lite0.weights_file() else efficientnet_lite0.MISSING


def meter(name: str) -> Progress:
    """A callback that prints a download's progress: one changing line on a terminal, else a line every few seconds."""
    terminal = sys.stdout.isatty()
    shown = time.monotonic()

    def show(done: int, total: int | None) -> None:
        """Print the bytes that have arrived, and the total if the server sent one."""
        nonlocal shown
        share = f"{done / total:4.0%} of {total / MEGABYTE:.1f} MB" if total else f"{done / MEGABYTE:.1f} MB"
        if terminal:
            click.echo(f"{name}: {share}\r", nl=done == total)
        elif time.monotonic() - shown > LINE_SECONDS or done == total:
            shown = time.monotonic()
            click.echo(f"{name}: {share}")

    return show
