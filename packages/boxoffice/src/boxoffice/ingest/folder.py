"""A folder whose files are uploads: they are imported when nobody writes to them any more.

An imported file moves to `done/`, a refused one to `failed/`, each with its report beside it. The
import comes first and the move after it: after a crash between the two the file is imported again,
which changes nothing (the same bytes).
"""

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine

from boxoffice.db.transactions import Actor
from boxoffice.ingest.judging import UploadRequest
from boxoffice.ingest.report import UploadRefusedError
from boxoffice.ingest.upload import upload
from boxoffice.workbook import MAX_FILE_BYTES
from boxoffice.workbook.pairs import as_one, grouped, is_half

HALF_SECONDS = 60
"""How long one half of a CSV pair waits for the other."""
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload")
_HIDDEN = (".", "~$")
"""Beginnings of names that are no files to import: hidden ones, and the locks Excel leaves."""


class Stamp(NamedTuple):
    """What changes when somebody writes to a file."""

    size: int
    modified_ns: int


class Seen(NamedTuple):
    """A file as it has been since a moment (of a clock that only goes forward, in seconds)."""

    stamp: Stamp
    since: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one upload from the folder."""

    name: str
    status: str
    """`created`, `unchanged`, `quarantined` or `refused`."""
    detail: str
    """A line for people: the snapshot, or the reason."""


def observe(
    before: Mapping[str, Seen], present: Mapping[str, Stamp], now: float
) -> dict[str, Seen]:
    """What is known of the files after another look."""
    return {
        name: before[name] if name in before and before[name].stamp == stamp else Seen(stamp, now)
        for name, stamp in present.items()
    }


def ready(seen: Mapping[str, Seen], now: float, quiet_seconds: float) -> list[tuple[str, ...]]:
    """The uploads nobody has written to for `quiet_seconds`, by name; pairs together.

    Half of a pair waits for the other half, but not for ever.
    """
    names = sorted(seen)
    uploads = [tuple(names[place] for place in group) for group in grouped(names)]

    def is_ready(files: tuple[str, ...]) -> bool:
        alone = len(files) == 1 and is_half(files[0])
        quiet = max(quiet_seconds, HALF_SECONDS) if alone else quiet_seconds
        return all(now - seen[name].since >= quiet for name in files)

    return [files for files in uploads if is_ready(files)]


def waiting_halves(names: Iterable[str]) -> frozenset[str]:
    """The halves of CSV pairs whose other half is not there."""
    ordered = list(names)
    alone = (ordered[group[0]] for group in grouped(ordered) if len(group) == 1)
    return frozenset(filter(is_half, alone))


def look(folder: Path) -> dict[str, Stamp]:
    """The files that may be uploads: regular ones, neither hidden nor half downloaded."""
    found: dict[str, Stamp] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_HIDDEN) or entry.name.lower().endswith(_UNFINISHED):
                continue
            if entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                found[entry.name] = Stamp(status.st_size, status.st_mtime_ns)
    return found


def take(
    engine: Engine, folder: Path, names: Sequence[str], *, as_of: date, actor: Actor
) -> Outcome:
    """Import one upload, then move its files away. OSError: a file cannot be read or moved."""
    name, content = as_one([(each, _read(folder / each)) for each in names])
    try:
        report = upload(engine, UploadRequest(name, content), as_of=as_of, actor=actor)
    except UploadRefusedError as refused:
        outcome = Outcome(name, "refused", str(refused))
        _put_away(folder, "failed", names, {**refused.as_json(), "status": "refused"})
    else:
        outcome = Outcome(name, report.status, f"snapshot {report.snapshot_id}")
        _put_away(folder, "done", names, report.as_json())
    return outcome


def _read(path: Path) -> bytes:
    """The bytes, at most one more than are imported; a link that was put there is not followed."""
    with open(path, "rb", opener=_regular) as file:
        return file.read(MAX_FILE_BYTES + 1)


def _regular(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f'"{path}" is no regular file')
    return descriptor


def _put_away(folder: Path, where: str, names: Sequence[str], report: Mapping[str, Any]) -> None:
    target = folder / where
    target.mkdir(mode=0o700, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    for name in names:
        free = _free_name(target, name)
        (target / f"{free}.report.json").write_text(text, encoding="utf-8")
        (folder / name).rename(target / free)


def _free_name(target: Path, name: str) -> str:
    """The name, numbered when a file of another day has it already."""
    path, number = target / name, 1
    while path.exists():
        number += 1
        path = target / f"{Path(name).stem}.{number}{Path(name).suffix}"
    return path.name
