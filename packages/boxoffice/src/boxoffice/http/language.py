"""Korean or English: chosen by the request, from one catalogue of texts per language."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["ko", "en"]

DEFAULT: Language = "ko"
"""The language of the people whose figures these are."""


def choose_language(wanted: str | None, accepted: str | None) -> Language:
    """`?lang=` if it names a language we have; else the best of Accept-Language; else Korean."""
    if known := _known(wanted or ""):
        return known
    for tag in _by_preference(accepted or ""):
        if known := _known(tag):
            return known
    return DEFAULT


def catalogue(language: Language) -> Mapping[str, str]:
    """All texts of a language by key; both languages have the same keys."""
    return _catalogues()[language]


@cache
def _catalogues() -> Mapping[Language, Mapping[str, str]]:
    folder = files("boxoffice.http") / "locales"
    return {
        language: json.loads((folder / f"{language}.json").read_text("utf-8"))
        for language in get_args(Language)
    }


def _known(tag: str) -> Language | None:
    match tag.strip().lower().partition("-")[0]:
        case "ko":
            return "ko"
        case "en":
            return "en"
        case _:
            return None


def _by_preference(accepted: str) -> list[str]:
    """Language tags of the header, best first; tags with a weight of 0 are refused (RFC 9110)."""
    weighted: list[tuple[float, str]] = []
    for entry in accepted.split(","):
        tag, _, parameter = entry.partition(";")
        weight = _weight(parameter)
        if weight > 0:
            weighted.append((weight, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
