"""``python -m hhanalytics`` is the command ``hhanalytics``."""

import sys

from hhanalytics.cli import main

if __name__ == "__main__":
    sys.exit(main())
