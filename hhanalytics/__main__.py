"""``python -m hhanalytics`` is the command ``hhanalytics``."""

import gc
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


if __name__ == "__main__":
    sys.exit(run())
