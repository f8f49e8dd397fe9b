"""F.4.6: what an incident says came from logs and probes; its report holds no secret of them."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.api.incidents import IncidentList
from usher.api.metrics import SeriesList
from usher.api.types import AuditLog, RoleStatus, ServiceList
from usher.model.actions import Changed
from usher.model.events import Key, Now
from usher.model.incident import Cause, Diagnosis, Incident
from usher.redaction.redactor import Redactor
from usher.runtime.history import History
from usher.runtime.incident_log import IncidentLog

FORMS = (
    (), ("--md",), ("--html",), ("--json",), ("--lang", "ko"), ("--md", "--lang", "ko"),
    ("--collect", "bundle.tar.gz"),
)  # fmt: skip

KEY = Key(service="api", generation=1, slot=0)


@pytest.fixture
def labelled(corpus: Any) -> list[tuple[str, str]]:
    """Every labelled line, with what must not be seen of it."""
    return [(line, each.secret) for each in corpus.values() for line in each.lines]


async def incidents(home: Path, lines: list[str]) -> list[Incident]:
    """An incident in which every line stands wherever a line can stand, told as a daemon does."""
    (home / "state").mkdir(parents=True)
    history = History(home / "state" / "events.jsonl", Redactor().line, boot_id="one")
    boot = 0.0

    def now() -> Now:
        return Now(boot=boot, wall=1_763_700_000.0 + boot)

    log = IncidentLog(home, history, lambda _: (), now, lambda _: None)
    log.begin()
    for number, line in enumerate(lines):
        boot += 1.0
        event = ("unhealthy", "replaced", "probe-failing", "degraded", "exited")[number % 5]
        changed = Changed(key=KEY, run=1, event=event, phase="running", ready=False, detail=line)
        history.record(changed, now())
        cause = Cause(
            f"a.{number}", line, 0.9, (line, line), remedy=line, place=line, shared=line,
            fingerprint=str(number),
        )  # fmt: skip
        if number % 5 == 3:
            history.note("finding", f"fs.no_space: {line}", now(), "api", 0, cause)
        else:
            history.explain(KEY, 1, Diagnosis((cause,), (f"disk: {line}",)), now())
    await asyncio.sleep(0)
    found = log.all()
    log.close()
    history.close()
    return found


def contents(folder: Path, form: tuple[str, ...], said: str) -> Iterator[str]:
    yield said
    if "--collect" in form:
        with tarfile.open(folder / "bundle.tar.gz") as archive:
            for name in archive.getnames():
                file = archive.extractfile(name) or io.BytesIO()
                yield file.read().decode()


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("form", FORMS, ids=lambda form: " ".join(form) or "text")
async def test_f4_6_no_labelled_secret_is_in_any_form_of_a_report(
    daemon: Any, home: Path, labelled: list[tuple[str, str]], form: tuple[str, ...], at: int
) -> None:
    """A report shows its ten likeliest causes: the lines come in five lots."""
    lot = labelled[at::5]
    assert len(labelled) >= 45
    found = await incidents(home / "of-daemon", [line for line, _ in lot])
    daemon.answers |= {
        "GET /v1/incidents": IncidentList(incidents=found),
        "GET /v1/audit": AuditLog(entries=[], in_force=[]),
        "GET /v1/series": SeriesList(series=[]),
        "GET /v1/services": ServiceList(services=[]),
        "GET /v1/role": RoleStatus(
            host="h", standing="undeclared", role="", evidence=[], guards=[], faults=[]
        ),
    }
    words = (sys.executable, "-m", "usher.main", "incident", "show", "latest", *form)
    done = await asyncio.to_thread(
        subprocess.run, words, cwd=home, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "USHER_HOME": str(home), "LANG": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    texts = [*contents(home, form, done.stdout + done.stderr)]
    assert any("[redacted:" in text or "\\[redacted:" in text for text in texts)
    for line, secret in lot:
        assert not any(secret in text for text in texts), line


SAYS = """
import pathlib, sys
print(pathlib.Path("said").read_text(), flush=True)
sys.exit(3)
"""


@pytest.mark.process
def test_f4_6_nor_in_the_report_of_an_app_that_printed_them_all(
    usher: Any, until: Any, labelled: list[tuple[str, str]]
) -> None:
    """From its log to its last words, what was kept of them, and each form of the report."""
    usher.script("said", "".join(f"Error: {line}\n" for line, _ in labelled))
    usher.script("says.py", SAYS)
    usher.config('[apps.api]\ncommand = ["python", "says.py"]\nrestart = "never"\n')
    usher("start", code=None)
    until(lambda: any(each["event"] == "diagnosed" for each in usher.events("api")))
    marks: dict[tuple[str, ...], int] = {}
    for form in FORMS:
        done = usher("incident", "show", "latest", *form)
        whole = "".join(contents(usher.folder, form, done.stdout + done.stderr))
        assert [line for line, secret in labelled if secret in whole] == []
        marks[form] = whole.count("[redacted:")
    assert min(marks.values()) >= 1
    assert marks[FORMS[-1]] >= len(labelled)
