"""One app of a file, between being read and being built."""

from pathlib import Path as FilePath
from typing import Any, NamedTuple

from usher.config.app import Written
from usher.config.pm2.fields import Warn
from usher.config.schema import Pm2App


class Listed(NamedTuple):
    """One app of a file, read; everything about it that is not in its own table beside it."""

    name: str
    """Of the service: unique, and safe in paths."""
    label: str
    """The name people see."""
    app: Pm2App
    written: Written
    """Its `usher` table, and where to complain."""
    environments: dict[str, dict[str, Any]]
    deploy_env: dict[str, Any]
    env_name: str
    shown: dict[str, object]
    warn: Warn
    """Takes a key under PM2's own name."""
    folder: FilePath
    """Of the file; env files start here."""
