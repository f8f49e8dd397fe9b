"""Where the output of an instance goes, and what the keeper is told about it."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from usher.model.spec import LogSpec, ServiceSpec
from usher.runtime import mask

NOWHERE: Final = "/dev/null"


class LogPaths(NamedTuple):
    """Absolute paths; NOWHERE for what is not kept, `combined` is None when there is none."""

    out: str
    err: str
    combined: str | None


def log_paths(home: Path, spec: ServiceSpec, slot: int, ident: int) -> LogPaths:
    """Name the files of an instance: the definition's, or PM2-like names in the home.

    `ident` is its pm_id. The instance's number stands before the extension: always in PM2's style,
    else when the service has several.
    """
    logs = spec.logs
    number = _number(spec, slot, ident)
    out = logs.out or f"{home}/logs/{spec.name}-out.log"
    err = logs.err or f"{home}/logs/{spec.name}-error.log"
    if logs.disabled:
        return LogPaths(NOWHERE, NOWHERE, None)
    combined = combined_path(spec, slot, ident)
    return LogPaths(_numbered(out, number), _numbered(err, number), combined)


def combined_path(spec: ServiceSpec, slot: int, ident: int) -> str | None:
    """Name the file of both outputs; None when there is none."""
    if spec.logs.disabled or not spec.logs.combined:
        return None
    return _kept(_numbered(spec.logs.combined, _number(spec, slot, ident)))


def _number(spec: ServiceSpec, slot: int, ident: int) -> int | None:
    logs = spec.logs
    numbered = logs.per_instance and (logs.suffix == "id" or spec.instances > 1)
    return (ident if logs.suffix == "id" else slot) if numbered else None


def records(
    paths: LogPaths,
    spec: ServiceSpec,
    ident: int,
    identity: Mapping[str, Any],
    secrets: Callable[[], Iterable[str]],
) -> dict[str, dict[str, Any]]:
    """Return the LogSpecs (keeper.stream.Output) of both outputs.

    `identity` is the service's user (runtime.users.identity), whose rights its paths are used with;
    `secrets` are its values, asked for where lines are masked before they are written.
    """
    logs = spec.logs
    common: dict[str, Any] = {
        "max_size": logs.max_size,
        "retain": logs.retain,
        **_given(combined=paths.combined, rotated_names=logs.rotated_names),
        **_given(date_format=logs.date_format, format=_json(logs)),
        "id": ident,
        "name": spec.label or spec.name,
        **identity,
    }
    if logs.redact_at_source:
        common["mask"] = {"argv": mask.program(), "known": sorted(secrets())}
    return {"stdout": {"path": paths.out, **common}, "stderr": {"path": paths.err, **common}}


def _numbered(path: str, number: int | None) -> str:
    if path in (NOWHERE, "NULL"):  # PM2 knows both words
        return NOWHERE
    stem, extension = os.path.splitext(path)  # noqa: PTH122 (asked for each instance of each list)
    return path if number is None else f"{stem}-{number}{extension}"


def _kept(path: str | None) -> str | None:
    return None if path in (None, "", NOWHERE) else path


def _json(logs: LogSpec) -> str:
    return logs.format if logs.format == "json" else ""


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
