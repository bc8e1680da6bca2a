"""`models`: fetch and list the networks for embeddings and classes."""

from pathlib import Path

import click

from app.cli.environment import settings
from app.cli.progress import Progress
from app.vision.networks import efficientnet_lite0, mobilenet
from app.vision.networks.download import PullError, is_reachable, pull_model


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
        _pull("classifier", weights.classification_handles, weights.classification_sha256, weights.cache_dir)
        _pull("embedding", weights.feature_handles, weights.feature_sha256, weights.cache_dir)
    except PullError as failure:
        if not within:
            raise click.ClickException(f"cannot fetch the MobileNet weights: {failure}") from failure
        fallback = f"{efficientnet_lite0.INFO.name}, which came with the packages, measures embeddings and classes."
        outcome = fallback if efficientnet_lite0.is_intact() else _embedded_problem()
        click.echo(f"No MobileNet weights: {failure}. {outcome}")
    else:
        click.echo(f"The MobileNet weights are in {weights.cache_dir}.")


def _pull(name: str, handles: tuple[str, ...], sha256: str, cache_dir: Path) -> None:
    """Fetch one of the models and show progress. Raises PullError."""
    with Progress(0, "bytes") as progress:
        progress.begin(0, "bytes", name)

        def show(done: int, total: int | None) -> None:
            """Count the bytes that have arrived since the last call."""
            progress.total = total or done
            progress.step(True, count=done - progress.done)

        pull_model(handles, sha256, cache_dir, show)


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
