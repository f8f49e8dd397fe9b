"""What the name of an uploaded file says: record date, performance and kind of file.

`<date>_<code>_<anything>.<extension>`; six digits of a date are always 20YYMMDD, so that 200630
is June 2020. The code in the name decides which performance is meant.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from boxoffice.workbook.findings import Code, Finding, quoted

RECORD_DATE_TOLERANCE = timedelta(days=1)
"""How far a record date may lie after the day of the upload."""
_NAME = re.compile(
    r"(\d{6}|\d{8}|\d{4}[-.]\d{2}[-.]\d{2}|\d{2}[-.]\d{2}[-.]\d{2})"
    r"_([A-Za-z0-9-]{1,32})_(.+)\.(xlsx|xlsm|xls|csv|zip)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FileName:
    """A file name that can be understood."""

    name: str
    """As it is kept: NFC, without folders."""
    record_date: date
    code: str
    extension: str
    """Lower case, without dot."""


def base_name(sent: str) -> str:
    """A name without folders of either kind, and in NFC (macOS sends Hangul decomposed)."""
    return unicodedata.normalize("NFC", re.split(r"[/\\]", sent)[-1])


def read_file_name(sent: str, as_of: date) -> FileName | Finding:
    """Understand a name; a `Finding` says why it cannot be."""
    name = base_name(sent)
    match = _NAME.fullmatch(name)
    if match is None or not name.isprintable():
        return Finding(Code.FILE_NAME_INVALID, value=quoted(name))
    digits = re.sub("[-.]", "", match[1])
    digits = digits if len(digits) == 8 else f"20{digits}"
    try:
        record_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return Finding(Code.RECORD_DATE_INVALID, value=match[1])
    if record_date - as_of > RECORD_DATE_TOLERANCE:
        words = {"as_of": as_of.isoformat()}
        value = record_date.isoformat()
        return Finding(Code.RECORD_DATE_IN_FUTURE, value=value, parameters=words)
    return FileName(name, record_date, match[2], match[4].lower())
