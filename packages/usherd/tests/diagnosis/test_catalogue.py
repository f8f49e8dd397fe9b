"""Every known fault by the line it leaves, and by a line that only looks like it."""

import re

import pytest

from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.lines import LONGEST, plain
from usher.diagnosis.match import Matcher, required_words
from usher.diagnosis.signature import Signature
from usher.diagnosis.signatures import recovery

MATCHER = Matcher()
EVERY = pytest.mark.parametrize("signature", CATALOGUE.values(), ids=CATALOGUE)


def found(line: str) -> set[str]:
    return {signature.id for signature in MATCHER.search(plain(line))} - set(recovery.ENDS)


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


@pytest.mark.parametrize("back", recovery.SIGNATURES, ids=lambda back: back.id)
def test_what_is_back_is_recognised_and_what_is_not_is_not(back: Signature) -> None:
    assert back.id in {each.id for each in MATCHER.search(back.example)}
    assert back.id not in {each.id for each in MATCHER.search(back.benign)}


def test_what_a_client_asked_for_is_nothing_that_the_app_says() -> None:
    asked = '10.0.0.4 - - [10/Oct/2026:04:00:00 +0000] "GET /errors/ECONNREFUSED HTTP/1.1" 200 5'
    assert found(asked) == set()
    assert found(asked.replace("200 5", "502 5")) == {"upstream.status"}


def test_a_refusal_below_a_drivers_frame_is_the_databases() -> None:
    refused = "ConnectionRefusedError: [Errno 111] Connection refused"
    loop = '  File "uvloop/loop.pyx", line 2017, in uvloop.loop.Loop.create_connection'
    frame = '  File "/srv/app/.venv/lib/asyncpg/connect_utils.py", line 931, in __connect_addr'
    for log, name in (
        ([frame, "    tr, pr = await connector", loop, refused], "db.connection_refused"),
        ([frame, *["quiet"] * 20, refused], "net.connection_refused"),
        ([loop, refused], "net.connection_refused"),
    ):
        assert [match.signature.id for match in MATCHER.matches(log)] == [name]


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
