"""``python -m hhanalytics`` is the command ``hhanalytics``."""

import sys


def run() -> int:
    """The command line, also interrupted while it is still being loaded.

    Returns:
        The exit code.
    """
    try:
        from hhanalytics.cli import main

        return main()
    except KeyboardInterrupt:
        print("\nInterrupted. Nothing is half written.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(run())
