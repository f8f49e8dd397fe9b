"""Reads the rules of the guard: `usher.guard.toml`, or the key `guard` of a configuration file.

A guard that cannot be read as a whole is no guard: every mistake is a finding, and whoever asks
refuses to start anything until it is mended.
"""

import os
from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from pathlib import Path as FilePath
from typing import Final, NamedTuple, TypeAlias

from usher.config.check import Path, Report, quote, read_table
from usher.config.document import parse_toml
from usher.config.review import Review
from usher.config.schema import Binding, Guard, Match, NamingFile, Words
from usher.config.small_file import read_small
from usher.model.finding import Finding
from usher.model.guard import AppRule, Place, RoleMatch, Rules

GUARD_FILE: Final = "usher.guard.toml"


Read: TypeAlias = Rules | tuple[Finding, ...]


class Found(NamedTuple):
    """What stands in the folders that were looked into."""

    rules: tuple[Rules, ...] = ()
    faults: tuple[Finding, ...] = ()


def find(folders: Iterable[str]) -> Found:
    """Read the guard file of every folder that has one."""
    paths = [f"{folder.rstrip('/')}/{GUARD_FILE}" for folder in dict.fromkeys(folders)]
    read = [read_file(path) for path in paths]
    return Found(
        tuple(one for one in read if isinstance(one, Rules)),
        tuple(fault for one in read if isinstance(one, tuple) for fault in one),
    )


def read_file(path: str) -> Read | None:
    """Read one guard file; None when there is none."""
    found = read_small(path, "guard file")
    if found is None:
        return None
    return (found,) if isinstance(found, Finding) else read_bytes(path, found.data)


def read_bytes(path: str, data: bytes) -> Read:
    """Read the text of the guard file at `path`."""
    document = parse_toml(path, data)
    if isinstance(document, Finding):
        return (document,)
    review = Review(path, document.positions)
    rules = build_rules(document.tree, path, (), review.report)
    return review.findings or rules


def build_rules(tree: object, source: str, at: Path, report: Report) -> Rules:
    """Build the rules that stand at `at` in the file `source`; what is wrong is reported."""
    if _says_alerts(tree):
        report((*at, "alerts"), "who is told of trouble does not stand here", "usher.alerts.toml")
    guard = read_table(Guard, tree, at, report) or Guard()
    folder = FilePath(source).parent
    roles: dict[str, RoleMatch] = {}
    for name, role in guard.roles.items():
        place = (*at, "roles", name, "match")
        roles[name] = _match(role.match, folder, place, report)
        if roles[name] == RoleMatch():
            report(place, f"nothing tells a host of role {quote(name)}", "hostname = 'web-*'")
    return Rules(
        source=source,
        roles=roles,
        files={_file_key(name, folder): _words(role) for name, role in guard.files.items()},
        apps=tuple(_app(name, value, folder) for name, value in guard.apps.items()),
    )


def _says_alerts(tree: object) -> bool:
    return isinstance(tree, dict) and "alerts" in tree


def _match(match: Match, folder: FilePath, place: Path, report: Report) -> RoleMatch:
    for network in _words(match.address):
        try:
            ip_network(network, strict=False)
        except ValueError:
            hint = "an address as 10.0.2.7, or a network as 10.0.2.0/24"
            report((*place, "address"), f"cannot use {quote(network)} as an address", hint)
            return RoleMatch()
    return RoleMatch(
        env={name: _words(values) for name, values in match.env.items()},
        hostname=_words(match.hostname),
        address=_words(match.address),
        file=tuple(_places(match.file, folder)),
        tag=tuple(_places(match.tag, folder)),
    )


def _places(given: str | NamingFile | list[NamingFile] | None, folder: FilePath) -> Iterator[Place]:
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, str):
            yield Place(_absolute(one, folder))
        elif one is not None:
            yield Place(_absolute(one.path, folder), one.key, one.equals)


def _app(name: str, value: Words | Binding, folder: FilePath) -> AppRule:
    if not isinstance(value, Binding):
        return AppRule(name, _words(value))
    script, cwd = (_absolute(path, folder) if path else "" for path in (value.script, value.cwd))
    return AppRule(name, _words(value.role), script, cwd, value.port)


def _file_key(name: str, folder: FilePath) -> str:
    """A bare name means a file of that name wherever it lies; a path means that one file."""
    return _absolute(name, folder) if "/" in name else name


def _absolute(path: str, folder: FilePath) -> str:
    return os.path.normpath(folder / path)


def _words(given: Words | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)
