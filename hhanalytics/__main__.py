"""``python -m hhanalytics`` is the command ``hhanalytics``."""

import atexit
import gc
import os
import sys


def run() -> int:
    """The command line, also interrupted while it is still being loaded.

    Returns:
        The exit code.
    """
    # A command makes much and ends soon: looking for what it no longer needs took a seventh of a brief's time.
    gc.set_threshold(100_000, 50, 100)
    try:
        from hhanalytics.cli import main

        return main()
    except KeyboardInterrupt:
        print("\nInterrupted. Nothing is half written.", file=sys.stderr)
        return 130


def command() -> int:
    """The command line as a process of its own, whose memory goes back to the system in one piece.

    Returns:
        The exit code.
    """
    code: list[int] = []
    # Who asks first is told last: by then everybody else has put their things in order.
    atexit.register(_leave, code)
    code.append(run())
    return code[0]


def _leave(code: list[int]) -> None:
    """End the process here: taking apart all that it made, one by one, took a fifteenth of a brief's time."""
    if not code:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        # Nobody reads on; Python has its own way of saying so.
        return
    os._exit(code[0])


if __name__ == "__main__":
    sys.exit(command())
