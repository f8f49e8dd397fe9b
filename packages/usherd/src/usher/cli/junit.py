"""Findings as JUnit's XML, which CI systems show as a list of tests: one for each app and kind."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from usher.api.text import printable
from usher.model.finding import Finding

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def junit(findings: Sequence[Finding], apps: Sequence[str], file: str) -> str:
    """Write a suite: a case for each finding (errors fail, warnings are said), one for each app
    about which nothing is found."""
    found = {finding.app for finding in findings}
    cases = [
        *map(_case, findings),
        *(f"    <testcase classname={_attribute(app)} name=\"check\"/>" for app in apps
          if app not in found),
    ]  # fmt: skip
    failures = sum(finding.severity == "error" for finding in findings)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="0"'
    suite = f"  <testsuite name={_attribute(file)} {counts}>"
    whole = f'<testsuites name="usher check" tests="{len(cases)}" failures="{failures}" errors="0">'
    return _HEAD + "\n".join([whole, suite, *cases, "  </testsuite>", "</testsuites>", ""])


def _case(finding: Finding) -> str:
    name = " ".join(part for part in (finding.code, finding.field) if part)
    about = finding.app or finding.file or "host"
    head = f"    <testcase classname={_attribute(about)} name={_attribute(name)}>"
    text = escape(printable(str(finding)))
    if finding.severity == "error":
        kind, message = _attribute(finding.code), _attribute(finding.message)
        inside = f"<failure type={kind} message={message}>{text}</failure>"
    else:
        inside = f"<system-out>{text}</system-out>"
    return f"{head}\n      {inside}\n    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(printable(text))
