"""What a report says: only what was recorded, in both languages, whatever a log said."""

import re
from datetime import UTC, datetime
from string import Formatter

import pytest

from usher.incidents.markdown import markdown
from usher.incidents.page import page
from usher.incidents.report import report
from usher.incidents.wording import WORDS, Language
from usher.model.incident import Cause, Happening, Incident, Occurred

BEGIN = 1_755_490_000.0


def clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


HANG = Incident(
    number=7,
    service="api",
    kind="hang",
    severity="major",
    occurred=Occurred(BEGIN, BEGIN - 8),
    detected=BEGIN + 11,
    rule="unhealthy",
    state="recovered",
    services=("api", "web"),
    acted=BEGIN + 12,
    recovered=BEGIN + 95,
    causes=(Cause("loop.blocked", "the event loop is blocked", 0.9, ("CPU 100 %, state R",)),),
    actions=(Happening(BEGIN + 12, "api", "replaced", "alive fails | <b>now</b>", slot=0),),
    timeline=(
        Happening(
            BEGIN + 11, "api", "unhealthy", "alive failed 3 times: `no answer`\nline 2", slot=0
        ),
        Happening(BEGIN + 95, "api", "ready", slot=0),
    ),
    relapses=2,
)
OPEN = Incident(
    number=8,
    service="mail",
    kind="start",
    severity="critical",
    occurred=Occurred(BEGIN, BEGIN),
    detected=BEGIN,
    rule="start-limit-hit",
    services=("mail",),
)


def test_every_word_is_there_in_both_languages_with_the_same_values() -> None:
    korean, english = WORDS["ko"], WORDS["en"]
    assert korean.keys() == english.keys()
    for key in english:
        fields = [
            {field for _, field, _, _ in Formatter().parse(words[key]) if field}
            for words in (korean, english)
        ]
        assert fields[0] == fields[1], key


def test_it_says_when_it_began_and_how_long_each_part_took() -> None:
    text = markdown(report(HANG, "en", clock))
    assert text.startswith("# Incident INC-7: api, runs and does not answer\n")
    assert f"between {clock(BEGIN - 8)} and {clock(BEGIN)}" in text
    assert "| Began to noticed | 11 s |" in text
    assert "| Noticed to cause found | unknown |" in text
    assert "| Noticed to first action | 1 s |" in text
    assert "| Began to answering again | 1 min 35 s |" in text
    assert "It reached 2 services: api, web." in text
    assert "It came back 2 times" in text


def test_what_is_not_known_is_said_to_be() -> None:
    text = markdown(report(OPEN, "en", clock))
    assert "No cause was found so far." in text
    assert "Nothing was done by usher." in text
    assert "It does not answer as it should yet." in text
    assert f"| Began | {clock(BEGIN)} (exact) |" in text
    assert "| Closed | not yet |" in text


def test_in_korean() -> None:
    text = markdown(report(HANG, "ko", clock))
    assert text.startswith("# 장애 INC-7: api, 실행 중이지만 응답 없음\n")
    assert "| 발생부터 응답 회복까지 | 1분 35초 |" in text
    assert not re.search(r"\{\w+\}", text)


def test_what_a_log_said_is_no_markup() -> None:
    text = markdown(report(HANG, "en", clock))
    assert "alive fails \\| \\<b\\>now\\</b\\>" in text
    assert "\\`no answer\\` line 2 |" in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and "unhealthy" in line]
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (3, 5) for row in rows)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_as_a_page_with_the_same_figures(language: Language) -> None:
    made = report(HANG, language, clock)
    html = page(made, language)
    assert f'<html lang="{language}">' in html
    assert "<b>now</b>" not in html
    assert "&lt;b&gt;now&lt;/b&gt;" in html
    for section in made.sections:
        assert section.title in html
        for row in section.table.rows if section.table else ():
            assert row[0] in html
    assert "http" not in html  # nothing is loaded from anywhere
