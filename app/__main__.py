"""`python -m app`: the commands."""

import signal

# Ctrl-C while the rest is imported ends the process like any other: no traceback. Commands.main takes over.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from app.cli import cli

cli(prog_name="python -m app")
