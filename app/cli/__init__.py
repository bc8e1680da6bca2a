"""The commands."""

import click

from app.cli.compare import compare
from app.cli.failing import Commands
from app.cli.folders import compare_folders
from app.cli.models import models


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Image Diff: what changed between two pictures?"""


for command in (compare, compare_folders, models):
    cli.add_command(command)
