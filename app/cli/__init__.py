"""The command line."""

import click

from app.cli.compare import compare
from app.cli.failing import Commands
from app.cli.folders import compare_folders
from app.cli.models import models
from app.cli.serve import serve
from app.cli.similar import similar
from app.cli.sweep import sweep


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Image Diff: what changed between two pictures?"""


for command in (compare, compare_folders, models, serve, similar, sweep):
    cli.add_command(command)
