"""From options of the command line to fields of a file (spec: usher.md A2, A4)."""

import re
from typing import Final

from usher.pm2.options import OFF, OPTIONS
from usher.pm2.parse import Words

_LISTS: Final = frozenset({"ext", "filter_env", "ignore_watch", "stop_exit_codes"})
"""Fields whose option holds several words."""

_SECONDS: Final = re.compile(r"\d+(\.\d+)?")


def overrides_of(words: Words) -> dict[str, object]:
    """Return the fields that the command line sets, as a file would write them."""
    fields: dict[str, object] = {}
    for option in OPTIONS:
        given = words.given.get(option.name)
        if option.field and given is not None:
            fields[option.field] = _value(option.field, given)
    if words.script_args:
        fields["args"] = list(words.script_args)
    # `-u` names the user of the boot unit for `startup`, and whom to run as everywhere else.
    if "user" in fields:
        fields.setdefault("uid", fields.pop("user"))
    return fields


def _value(field: str, given: str | bool) -> object:
    if field in OFF:
        return False
    if isinstance(given, bool):
        return [] if field in _LISTS else True
    if field in _LISTS:
        return [part for part in re.split(r"[\s,]+", given) if part]
    if field == "watch":
        return re.split(r"\s+", given.strip())
    if field == "watch_delay":
        return _milliseconds(given)
    return given


def _milliseconds(text: str) -> object:
    """Read `--watch-delay`: a bare number is seconds there, and `4000ms` milliseconds."""
    if text.endswith("ms") and _SECONDS.fullmatch(text[:-2]):
        return int(float(text[:-2]))
    return int(float(text) * 1000) if _SECONDS.fullmatch(text) else text
