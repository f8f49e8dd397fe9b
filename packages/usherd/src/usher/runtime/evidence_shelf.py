"""What was seen of processes that did not answer, one file each; the oldest go first."""

import logging
from pathlib import Path
from typing import Final

import msgspec

from usher.model.evidence import Evidence
from usher.runtime import files

log = logging.getLogger(__name__)

KEPT: Final = 100
LARGEST: Final = 256 * 1024
"""Bytes of one file; what would be larger loses its log and stacks."""


class EvidenceShelf:
    """Owner of a private folder, which is made when there is something to keep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, seen: Evidence) -> str:
        """Write it and return its path; empty where the disk refuses. Blocks for the disk."""
        content = msgspec.json.format(msgspec.json.encode(seen))
        if len(content) > LARGEST:
            missing = (*seen.missing, "log and stacks: too large to keep")
            small = msgspec.structs.replace(seen, log=(), stacks=(), missing=missing)
            content = msgspec.json.encode(small)
        name = f"{round(seen.at * 1000)}-{seen.service}-{seen.slot}-{seen.run}.json"
        try:
            path = files.private_folder(self._folder) / name.replace("/", "_")
            files.write_atomically(path, content)
            for old in sorted(self._folder.glob("*.json"))[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.warning("cannot keep evidence in %s: %s", self._folder, error)
            return ""
        return str(path)
