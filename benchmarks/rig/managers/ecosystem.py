"""The file of PM2's format that both PM2 and usher start a Node cluster from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.rig.web import Web


def cluster_file(home: Path, web: Web) -> Path:
    """Write two workers of `web`, with nothing but defaults otherwise; return the path."""
    app = {
        "name": "web",
        "script": str(web.script),
        "args": [str(web.port), web.manners],
        "exec_mode": "cluster",
        "instances": 2,
    }
    file = home / "ecosystem.config.json"
    file.write_text(json.dumps({"apps": [app]}))
    return file
