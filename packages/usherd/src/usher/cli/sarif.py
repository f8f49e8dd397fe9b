"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from usher import __version__
from usher.guard.catalogue import CATALOGUE
from usher.guard.code import Code
from usher.model.finding import Finding

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Sequence[Finding], folder: Path) -> dict[str, Any]:
    """Build the log of one run; paths below `folder` (the checkout) are written relative to it."""
    found = dict.fromkeys(each.code for each in findings)
    codes = [CATALOGUE[code] for code in found if code in CATALOGUE]
    places = {code.code: place for place, code in enumerate(codes)}
    driver = {
        "name": "usher",
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, places.get(each.code, -1), folder) for each in findings],
            }
        ],
    }


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.code,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.cause},
        "help": {"text": code.fix},
        "defaultConfiguration": {"level": code.severity},
    }


def _result(finding: Finding, place: int, folder: Path) -> dict[str, Any]:
    about = ", ".join(part for part in (finding.app, finding.field) if part)
    text = f"{about}: {finding.message}" if about else finding.message
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": place,
        "level": finding.severity,
        "message": {"text": _literal(f"{text} ({finding.hint})" if finding.hint else text)},
    }
    if finding.file:
        where: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file, folder)}}
        if finding.line:
            where["region"] = {"startLine": finding.line}
        result["locations"] = [{"physicalLocation": where}]
    return result


def _literal(text: str) -> str:
    """Double the braces of what would be a placeholder for an argument ("{0}")."""
    return re.sub(r"\{(\d+)\}", r"{{\1}}", text)


def _uri(file: str, folder: Path) -> str:
    path = Path(os.path.normpath(folder / file))
    if path.is_relative_to(folder):
        return quote(str(path.relative_to(folder)))
    return path.as_uri()
