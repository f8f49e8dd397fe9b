"""The reference names every code, with its status, in order of judgement."""

import re
from pathlib import Path

from boxoffice.workbook import Code, Finding

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "upload.md"


def test_reference_lists_codes_and_statuses():
    text = REFERENCE.read_text("utf-8")
    errors = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", text, re.MULTILINE)
    others = re.findall(r"^\| `(\w+)` \| (?!\d{3} \|)", text, re.MULTILINE)
    assert [*(code for code, _ in errors), *others] == [code.value for code in Code]
    assert [int(status) for _, status in errors] == [
        Finding(Code(code)).http_status for code, _ in errors
    ]
