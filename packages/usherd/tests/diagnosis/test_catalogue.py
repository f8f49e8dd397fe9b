"""Every known fault by the line it leaves, and by a line that only looks like it."""

import re

import pytest

from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.lines import LONGEST, plain
from usher.diagnosis.match import Matcher, required_words
from usher.diagnosis.signature import Signature

MATCHER = Matcher()
EVERY = pytest.mark.parametrize("signature", CATALOGUE.values(), ids=CATALOGUE)


def found(line: str) -> set[str]:
    return {signature.id for signature in MATCHER.search(plain(line))}


def test_it_holds_what_the_seeds_and_measurements_named() -> None:
    assert len(CATALOGUE) >= 120


@EVERY
def test_a_line_of_the_fault_is_recognised(signature: Signature) -> None:
    assert signature.id in found(signature.example)


@EVERY
def test_behind_the_prefixes_of_collectors_as_well(signature: Signature) -> None:
    line = f"2026-11-21T10:00:00.123Z 0|web  | \x1b[31m{signature.example}\x1b[0m\n"
    assert signature.id in found(line)


@EVERY
def test_a_harmless_line_with_the_same_words_is_not(signature: Signature) -> None:
    assert found(signature.benign) == set()


@EVERY
def test_the_words_searched_first_lose_nothing(signature: Signature) -> None:
    pattern = signature.pattern.replace("{PORTS}", "(?:5432)")
    words = required_words(pattern)
    for other in CATALOGUE.values():
        for line in (other.example, other.benign):
            if re.search(pattern, line):
                assert not words or any(word in line for word in words), line


@EVERY
def test_its_text_says_what_to_do(signature: Signature) -> None:
    assert all(signature[signature._fields.index(name)] for name in ("cause", "collect", "remedy"))
    assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9_]+", signature.id)


@pytest.mark.parametrize(
    "line",
    [
        "Address already in use",
        "listen tcp: address already in use",
        "Error: listen EADDRINUSE: address already in use 127.0.0.1:55811",
    ],
)
def test_a3_14_old_words_and_new_ones_for_a_taken_port(line: str) -> None:
    assert found(line) == {"net.port_in_use"}


@pytest.mark.parametrize(
    "line",
    [
        "TypeError: Cannot read property 'createPool' of undefined",
        "TypeError: Cannot read properties of undefined (reading 'createPool')",
    ],
)
def test_a3_14_old_words_and_new_ones_for_undefined(line: str) -> None:
    assert found(line) == {"node.uncaught_type_error"}


def test_a_declared_port_makes_a_refusal_the_databases() -> None:
    line = "Error: connect ECONNREFUSED 127.0.0.1:15432"
    assert "db.connection_refused" not in found(line)
    assert "db.connection_refused" in {each.id for each in Matcher([15432]).search(line)}


def test_a_long_line_is_looked_at_only_so_far() -> None:
    assert found("x" * LONGEST + " EADDRINUSE") == set()


def test_a_log_gives_its_matches_in_order() -> None:
    log = ["started", "0|web | Error: connect ECONNREFUSED 127.0.0.1:5432", "EADDRINUSE"]
    matches = list(MATCHER.matches(log))
    assert [match.line for match in matches] == sorted(match.line for match in matches)
    assert {match.signature.id for match in matches if match.line == 1} == {
        "db.connection_refused",
        "net.connection_refused",
    }
    assert matches[0].text == "Error: connect ECONNREFUSED 127.0.0.1:5432"
