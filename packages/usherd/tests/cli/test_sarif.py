"""What SARIF 2.1.0 (OASIS) demands beyond the shape of its objects, held against any findings."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.cli.sarif import sarif
from usher.guard.catalogue import CATALOGUE
from usher.model.finding import Finding

FOLDER: Final = Path("/srv/check out")

_SEMANTIC: Final = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"
)
_URI: Final = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_PLACEHOLDER: Final = re.compile(r"(?<!\{)\{\d+\}(?!\})")


def violations(log: dict[str, Any]) -> Iterator[str]:
    """Yield what the schema and the text of the standard forbid (numbers of its sections)."""
    if log.get("version") != "2.1.0" or not str(log.get("$schema", "")).startswith("https://"):
        yield "3.13.2, 3.13.3: version and schema"
    if not log["runs"]:
        yield "3.13.4: a run for what was done"
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        rules = driver["rules"]
        if not driver["name"] or not _SEMANTIC.fullmatch(driver["semanticVersion"]):
            yield "3.19.8, 3.19.12: name and semantic version"
        if len({rule["id"] for rule in rules}) != len(rules):
            yield "3.19.23: rules are unique"
        for rule in rules:
            yield from _of_rule(rule)
        if not isinstance(run.get("results"), list):
            yield "3.14.23: results, also when there are none"
        for result in run["results"]:
            yield from _of_result(result, rules)


def _of_rule(rule: dict[str, Any]) -> Iterator[str]:
    if not rule["id"] or rule["id"] != rule["id"].strip():
        yield "3.49.3: an id"
    if rule["defaultConfiguration"]["level"] not in ("none", "note", "warning", "error"):
        yield "3.50.3: level"
    for name in ("shortDescription", "fullDescription", "help"):
        if not rule[name]["text"].strip():
            yield f"3.12.3: text of {name}"


def _of_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> Iterator[str]:
    at = result["ruleIndex"]
    if not -1 <= at < len(rules):
        yield "3.27.6: the index of a rule that is there, or -1"
    elif at >= 0 and rules[at]["id"] != result["ruleId"]:
        yield "3.27.6: index and id mean the same rule"
    if result["level"] not in ("none", "note", "warning", "error"):
        yield "3.27.10: level"
    if not result["message"]["text"]:
        yield "3.11.8: a text"
    if _PLACEHOLDER.search(result["message"]["text"]):
        yield "3.11.5: a placeholder without an argument"
    for location in result.get("locations", []):
        place = location["physicalLocation"]
        yield from _of_uri(place["artifactLocation"]["uri"])
        if "region" in place and place["region"].get("startLine", 0) < 1:
            yield "3.30.5: lines begin with 1"


def _of_uri(uri: str) -> Iterator[str]:
    """RFC 3986: a URI, or a reference relative to the checkout."""
    if not _URI.fullmatch(uri):
        yield "3.4.3: a valid reference"
    parts = urlsplit(uri)
    if not parts.scheme and (uri.startswith("/") or ".." in parts.path.split("/")):
        yield "3.4.3: relative to the checkout, and inside of it"
    if parts.query or parts.fragment:
        yield "3.4.3: a file has no query"


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=20)
files = st.one_of(
    st.just(""),
    st.lists(names.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3).map(
        "/".join
    ),
    names.map(lambda name: f"/etc/{name}"),
    st.just("../other/usher.toml"),
)
findings = st.builds(
    Finding,
    message=texts | st.sampled_from(["see {0}", "{{1}}", "a [b](c) {12}"]),
    app=st.just("") | names,
    field=st.just("") | names,
    file=files,
    line=st.integers(0, 10_000),
    hint=st.just("") | texts,
    severity=st.sampled_from(["error", "warning"]),
    code=st.sampled_from([*CATALOGUE]) | st.just("config.unheard_of"),
)


@given(st.lists(findings, max_size=6))
def test_whatever_is_found_keeps_to_the_standard(found: list[Finding]) -> None:
    written = json.loads(json.dumps(sarif(found, FOLDER), ensure_ascii=False))
    assert list(violations(written)) == []
    results = written["runs"][0]["results"]
    assert [each["ruleId"] for each in results] == [each.code for each in found]
    for finding, result in zip(found, results, strict=True):
        assert ("locations" in result) == bool(finding.file)
        if finding.file:
            uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            path = unquote(urlsplit(uri).path)
            assert (FOLDER / path).resolve() == (FOLDER / finding.file).resolve()


BROKEN: Final = {
    "3.13.2": lambda log: log.update(version="2.0.0"),
    "3.13.4": lambda log: log.update(runs=[]),
    "3.19.12": lambda log: driver(log).update(semanticVersion="1"),
    "3.19.23": lambda log: driver(log)["rules"].append(driver(log)["rules"][0]),
    "3.49.3": lambda log: driver(log)["rules"][0].update(id=" "),
    "3.50.3": lambda log: driver(log)["rules"][0]["defaultConfiguration"].update(level="bad"),
    "3.12.3": lambda log: driver(log)["rules"][0]["help"].update(text=""),
    "3.27.6": lambda log: result(log).update(ruleIndex=7),
    "3.27.10": lambda log: result(log).update(level="fatal"),
    "3.11.8": lambda log: result(log)["message"].update(text=""),
    "3.11.5": lambda log: result(log)["message"].update(text="see {0}"),
    "3.30.5": lambda log: place(log).update(region={"startLine": 0}),
    "3.4.3": lambda log: place(log).update(artifactLocation={"uri": "a b.toml"}),
}


def driver(log: dict[str, Any]) -> dict[str, Any]:
    return log["runs"][0]["tool"]["driver"]


def result(log: dict[str, Any]) -> dict[str, Any]:
    return log["runs"][0]["results"][0]


def place(log: dict[str, Any]) -> dict[str, Any]:
    return result(log)["locations"][0]["physicalLocation"]


@pytest.mark.parametrize("section", BROKEN)
def test_the_rules_themselves_find_what_breaks_them(section: str) -> None:
    one = Finding("x", app="a", file="usher.toml", line=2, code="port.taken")
    log = json.loads(json.dumps(sarif([one], FOLDER)))
    assert list(violations(log)) == []
    BROKEN[section](log)
    assert any(section in each for each in violations(log)), list(violations(log))
