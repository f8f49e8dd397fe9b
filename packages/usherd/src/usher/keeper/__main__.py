"""Run a keeper by path: `python -I -S .../usher/keeper/__main__.py --home HOME`.

By path and without site, because reading site-packages would cost memory and time that the keeper
needs for nothing; so the package's own parent folder has to be made importable first.
"""

import sys

if not __package__:
    sys.path.insert(0, __file__.rpartition("/usher/keeper/")[0])

from usher.keeper.startup import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
