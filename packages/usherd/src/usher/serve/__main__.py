"""Serve a folder: `python -I -S .../usher/serve/__main__.py`, steered by PM2_SERVE_* variables.

By path and without site, as the keeper is run: it needs nothing but the standard library.
"""

import sys

if not __package__:
    sys.path.insert(0, __file__.rpartition("/usher/serve/")[0])

from usher.serve.server import main

if __name__ == "__main__":
    sys.exit(main())
