"""``python -m imgurdata``, which is the command ``imgurdata``."""

import sys

from imgurdata.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
