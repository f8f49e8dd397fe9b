"""The version that a project's package.json tells."""

import json
from pathlib import Path
from typing import Final, cast

UNKNOWN: Final = "N/A"
_SIZE_LIMIT: Final = 1024 * 1024


def version_near(script: Path) -> str:
    """Return the version in the nearest package.json at or above a script, or "N/A"."""
    for folder in script.parents:
        file = folder / "package.json"
        try:
            if file.stat().st_size > _SIZE_LIMIT:
                return UNKNOWN
            content: object = json.loads(file.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError):
            return UNKNOWN
        table = cast("dict[str, object]", content) if isinstance(content, dict) else {}
        version = table.get("version")
        return version if isinstance(version, str) else UNKNOWN
    return UNKNOWN
