"""`models`: the weights of MobileNet V2."""

import sys
import time

import click

from app.cli.environment import settings
from app.pull import Progress, PullError, pull_labels, pull_model
from app.weights import LABELS_NAME, Weights

MEGABYTE = 1e6
EVERY = 5.0  # seconds between lines where they cannot be overwritten


@click.group()
def models() -> None:
    """The weights of MobileNet V2."""


@models.command()
def pull() -> None:
    """Fetch what is missing or damaged. Exit code 0 when all is there."""
    weights = configured()
    try:
        pull_model(weights.classification_handles, weights.cache_dir, meter("classifier"))
        pull_model(weights.feature_handles, weights.cache_dir, meter("embedding"))
        pull_labels(weights.cache_dir, meter("class names"))
    except PullError as failure:
        raise click.ClickException(f"cannot fetch the MobileNet weights: {failure}") from failure
    click.echo(f"The MobileNet weights are in {weights.cache_dir}.")


@models.command()
def status() -> None:
    """Tell what is there. Exit code 0 when all is."""
    weights = configured()
    click.echo(f"cache folder  {weights.cache_dir}")
    click.echo(f"classifier    {weights.classifier or 'missing'}")
    click.echo(f"embedding     {weights.embedding or 'missing'}")
    click.echo(f"class names   {LABELS_NAME if weights.labels else 'missing'}")
    for handle in weights.damaged:
        click.echo(f"damaged       {handle}")
    if not (weights.classifier and weights.embedding and weights.labels):
        raise click.ClickException("the MobileNet weights are incomplete: `python -m app models pull` fetches them.")


def configured() -> Weights:
    """The weights that the settings ask for."""
    now = settings()
    return Weights(now.classification_handles, now.feature_handles, now.tfhub_cache_dir)


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
