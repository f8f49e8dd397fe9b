"""What a report says: only what was recorded, in both languages, whatever a log said."""

import re
from datetime import datetime, timedelta, timezone
from html import escape
from string import Formatter

import pytest
from msgspec.structs import replace

from usher.alerts.korean import translated
from usher.api.text import width
from usher.incidents.markdown import markdown
from usher.incidents.page import page
from usher.incidents.plain import plain
from usher.incidents.report import Beside, Shown, report
from usher.incidents.wording import WORDS
from usher.model.care import Acknowledged, Care, Closed, Prevention, Proposal
from usher.model.drill import Drill
from usher.model.incident import Cause, Happening, Incident, Occurred
from usher.model.language import Language

BEGIN = 1_755_490_000.0


def clock(at: float) -> Shown:
    local = datetime.fromtimestamp(at, timezone(timedelta(hours=9)))
    return Shown(f"{local:%Y-%m-%d}", f"{local:%H:%M:%S}", "UTC+09:00")


def shown(at: float) -> str:
    return clock(at).time


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
    assert "All times are of 2025-08-18, UTC+09:00." in text
    began = f"{shown(BEGIN)} (first sign; known to be well last at {shown(BEGIN - 8)})"
    assert f"| Began | {began} |" in text
    assert f"| Noticed | {shown(BEGIN + 11)} (11 s after it began) |" in text
    assert "| Cause found | not yet |" in text
    assert f"| First action | {shown(BEGIN + 12)} (1 s after it was noticed) |" in text
    assert "| Lasted | 1 min 35 s |" in text
    assert "It came back 2 ×: what was done did not last." in text


def test_an_incident_over_midnight_has_its_days() -> None:
    text = markdown(report(replace(HANG, closed=BEGIN + 86400), "en", clock))
    assert "All times are UTC+09:00." in text
    assert f"| Noticed | {clock(BEGIN + 11).day} {shown(BEGIN + 11)} (" in text


def test_what_is_not_known_is_said_to_be() -> None:
    text = markdown(report(OPEN, "en", clock))
    assert "No cause was found so far." in text
    assert "Nothing was done by usher." in text
    assert "It does not answer as it should yet." in text
    assert "- Find out why: usher found no cause." in text
    assert f"| Began | {shown(BEGIN)} (exact) |" in text
    assert "| Resolved | not yet |" in text
    assert "| First action | none |" in text


def test_a_cause_says_what_speaks_for_it_and_what_would_tell_it_from_others() -> None:
    cause = replace(HANG.causes[0], restart="auto", check="its stacks", remedy="mend the loop")
    excluded = ("disk: 40% free, and no line speaks of it",)
    incident = replace(HANG, causes=(cause,), cause_found=BEGIN + 12, excluded=excluded)
    text = markdown(report(incident, "en", clock))
    assert "The cause: the event loop is blocked (90% sure)." in text
    assert "### 1. the event loop is blocked" in text
    assert "- CPU 100 %, state R" in text
    assert "| Restart useful | for a while only: it came back after one |" in text
    assert "| To be sure, look at | its stacks |" in text
    assert "- disk: 40% free, and no line speaks of it" in text
    assert "- Against “the event loop is blocked”: mend the loop" in text
    lasting = markdown(report(replace(incident, relapses=0), "en", clock))
    assert "| Restart useful | yes |" in lasting
    assert "It came back 2 ×: what was done did not last." in text
    alone = markdown(report(replace(incident, actions=()), "en", clock))
    assert "It came back 2 ×.\n" in alone


def test_what_was_done_is_told_with_what_came_of_it() -> None:
    done = Happening(BEGIN + 12, "api", "replaced", "alive fails", slot=0)
    again = Happening(BEGIN + 12, "api", "restarting", "at once (attempt 1)", slot=0)
    proof = Happening(BEGIN + 20, "api", "recovered", "alive passes again", slot=0)
    timeline = (HANG.timeline[0], done, again, proof)
    incident = replace(HANG, actions=(done, again), timeline=timeline)
    text = markdown(report(incident, "en", clock))
    row = f"| {shown(BEGIN + 12)} | api:0 | replaced | alive fails | "
    assert f"{row}helped, 8 s later: alive passes again |" in text
    assert "at once" not in text.split("## What remains")[0], "the same deed is told once"


STRANGER = Incident(
    number=9,
    service="o4o-admin",
    kind="foreign",
    severity="major",
    occurred=Occurred(BEGIN - 61_200, BEGIN - 61_200),
    detected=BEGIN,
    rule="drift.wrong_role",
    services=("o4o-admin",),
    troubled=(("o4o-admin", None),),
    timeline=(Happening(BEGIN, "o4o-admin", "finding", "drift.wrong_role: pid 7 runs"),),
    causes=(
        Cause(
            "drift.wrong_role", "o4o-admin was started on this host by PM2 (pid 5)", 0.95,
            ("pid 7 runs",),
            restart="no", remedy="end it: PM2 (pid 5)", since=BEGIN - 61_200,
        ),
    ),
)  # fmt: skip
"""The story of S1, as it was: 17 hours."""


def test_s1_says_for_how_long_nobody_knew_and_that_usher_ends_nothing() -> None:
    text = markdown(report(STRANGER, "ko", clock, translated))
    assert "(발생 17시간 0분 뒤)" in text
    assert "usher는 자신이 시작하지 않은 프로세스를 종료하지 않으므로" in text
    cause = "이 서버에서 o4o-admin 시작됨 (시작한 쪽: PM2 (pid 5))"
    assert f"원인: {cause} (확신도 95%)." in text
    assert "프로세스 시작" in text
    assert "usher audit" in text
    assert "응답" not in text, "it is not about answers"
    assert "해결 방법: 시작한 곳에서 종료하기: PM2 (pid 5)" in text
    gone = markdown(report(replace(STRANGER, recovered=BEGIN + 30), "ko", clock, translated))
    assert "종료하기" not in gone, "there is nothing to end any more"
    assert "누가 왜 시작했는지" in gone


def test_in_korean() -> None:
    text = markdown(report(HANG, "ko", clock, translated))
    assert text.startswith("# 장애 INC-7: api, 실행 중이지만 응답 없음\n")
    assert "| 지속 시간 | 1분 35초 |" in text
    assert "시각은 모두 2025-08-18, UTC+09:00 기준입니다." in text
    assert not re.search(r"\{\w+\}", text)
    assert not re.search(r"이\(가\)|을\(를\)|은\(는\)|와\(과\)", text)


def test_a_terminal_gets_columns_and_no_markup() -> None:
    for language in ("ko", "en"):
        lines = list(plain(report(HANG, language, clock), 100))
        assert all(width(line) <= 100 for line in lines)
        assert not any("\\" in line or line.startswith(("#", "|")) for line in lines)
        marks = [line for line in lines if shown(BEGIN + 95) in line]
        assert marks
    narrow = list(plain(report(HANG, "en", clock), 40))
    assert [line for line in narrow if width(line) > 40] == []


def test_what_a_log_said_is_no_markup() -> None:
    text = markdown(report(HANG, "en", clock))
    assert "alive fails \\| \\<b\\>now\\</b\\>" in text
    assert "\\`no answer\\` line 2 |" in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and "alive" in line]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (3, 5, 6) for row in rows)


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
        for item in section.items:
            assert escape(item) in html
    assert "prefers-color-scheme: dark" in html
    assert "http" not in html  # nothing is loaded from anywhere


def test_it_says_who_was_told_and_who_looks_after_it() -> None:
    text = markdown(report(HANG, "en", clock))
    assert "| People told | not yet |" in text
    assert "| Looked after | not yet |" in text
    care = Care(acknowledged=Acknowledged(BEGIN + 60, "uid 7", "on my way"))
    text = markdown(report(replace(HANG, notified=BEGIN + 13, care=care), "en", clock))
    assert f"| People told | {shown(BEGIN + 13)} (2 s after it was noticed) |" in text
    looked = f"{shown(BEGIN + 60)} (49 s after it was noticed), by uid 7: on my way"
    assert f"| Looked after | {looked} |" in text


PROPOSED = Proposal("prevent.probe", "probe", {"probes.alive.http": "/"})
MEASURES = (
    Prevention("a probe", "probe", "ops", "2025-09-01", BEGIN + 86400),
    Prevention("read the log", "process"),
)


def test_what_prevents_it_has_an_owner_a_day_and_a_state() -> None:
    text = markdown(report(HANG, "en", clock))
    assert (
        "Nobody has written a measure down so far: \\`usher incident prevent INC-7 TEXT\\`" in text
    )
    care = Care(preventions=MEASURES, closed=Closed(BEGIN + 90000, "uid 7"))
    text = markdown(report(replace(HANG, care=care), "en", clock))
    assert f"| 1. a probe | probe | ops | 2025-09-01 | {clock(BEGIN + 86400).day} |" in text
    assert "| 2. read the log | way of working | unknown | unknown | not yet |" in text
    assert "Nobody has written" not in text
    closed = f"{clock(BEGIN + 90000).day} {shown(BEGIN + 90000)}"
    assert f"| Report closed | {closed}, by uid 7 |" in text


def test_a_reason_why_nothing_prevents_it_stands_in_the_report() -> None:
    care = Care(closed=Closed(BEGIN + 900, "uid 7", "the app is gone"))
    text = markdown(report(replace(HANG, care=care), "en", clock))
    assert "Nothing has to prevent it (uid 7): the app is gone" in text


def test_settings_that_are_missing_are_proposed() -> None:
    text = markdown(report(HANG, "en", clock, beside=Beside(proposals=(PROPOSED,))))
    assert "- A probe that asks whether it answers" in text
    assert "usher apply-prevention INC-7" in text
    assert "apply-prevention" not in markdown(report(HANG, "en", clock))


def test_f4_4_what_measures_are_worth_is_told_from_drills_only() -> None:
    assert "drill" not in markdown(report(HANG, "en", clock)).lower()
    drill = Drill(3, "block", "hang", BEGIN + 90000, "1.0", detect=8.5, recover=12.0, restarts=1)
    text = markdown(report(HANG, "en", clock, beside=Beside(drills=(drill,))))
    began = f"{clock(BEGIN).day} {shown(BEGIN)}"
    assert f"| then | {began} | 11 s | 1 min 35 s |  |" in text
    later = f"{clock(BEGIN + 90000).day} {shown(BEGIN + 90000)}"
    assert f"| DRILL-3 (block) | {later} | 8.5 s | 12 s | 1 |" in text


def test_people_and_drills_are_told_in_korean_too() -> None:
    care = Care(Acknowledged(BEGIN + 60, "uid 7"), MEASURES)
    drill = Drill(3, "block", "hang", BEGIN + 90000, "1.0", detect=8.5, recover=None)
    beside = Beside(proposals=(PROPOSED,), drills=(drill,))
    text = markdown(report(replace(HANG, care=care), "ko", clock, translated, beside))
    assert "## 재발 방지" in text
    assert "| 2. read the log | 업무 절차 | 알 수 없음 | 알 수 없음 | 아직 아님 |" in text
    assert "- 응답을 확인하는 점검" in text
    assert "| 8.5초 | 아직 아님 | 0 |" in text


def test_nothing_left_to_do_is_said() -> None:
    cause = replace(HANG.causes[0], remedy="")
    text = markdown(report(replace(HANG, causes=(cause,)), "en", clock))
    assert "## What remains to be done\n\nNothing that usher knows of.\n" in text


def test_a_person_is_needed_where_usher_has_given_up_even_without_a_remedy() -> None:
    """It was never ready: that is no deed of usher's, and nobody else starts it again."""
    suspected = replace(HANG.causes[0], remedy="", confidence=0.4)
    given_up = (
        Happening(BEGIN, "mail", "restarting", slot=0),
        Happening(BEGIN + 9, "mail", "start-limit-hit", slot=0),
        Happening(BEGIN + 10, "mail", "diagnosed", slot=0),
    )
    text = markdown(report(replace(OPEN, causes=(suspected,), timeline=given_up), "en", clock))
    left = text.split("## What remains to be done\n\n")[1].split("\n\n")[0].splitlines()
    assert left == [
        "- A person is needed: usher does not try any more, or only after long pauses.",
        "- Find out why: none of the causes is certain.",
    ]
    tried = (*given_up, Happening(BEGIN + 20, "mail", "starting", slot=0))
    text = markdown(report(replace(OPEN, causes=(suspected,), timeline=tried), "en", clock))
    assert "A person is needed" not in text


def test_a_command_in_a_sentence_is_code_on_the_page_and_a_tag_is_none() -> None:
    cause = replace(HANG.causes[0], remedy="run `rm <b>it</b>` once")
    text = page(report(replace(HANG, causes=(cause,)), "en", clock), "en")
    assert "run <code>rm &lt;b&gt;it&lt;/b&gt;</code> once" in text
