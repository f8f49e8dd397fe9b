"""What can be wrong or remarkable about an upload: codes, their order, status and words.

The order of `Code` is the order of judgement: the status and the first line of an answer are those
of the first code found (specification of the upload, table of codes). Every finding says where it
is and quotes what stands there; the sentences live here and nowhere else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

MAX_QUOTED = 80
"""Characters of a cell that a finding quotes; a cell may hold 32,767."""

_FORM = "파일 업로드에 실패했습니다.\n파일명 등 양식을 확인하세요."
_NUMBER = "유효하지 않은 숫자 데이터: '{sheet}' 시트의 {cell}"
_DUPLICATE = "중복된 날짜 데이터: '{sheet}' 시트의 row{row}"
_BLANK = "필요 데이터가 비어 있습니다."


class Code(StrEnum):
    """Stable names for programs: errors in order of judgement, warnings, anomalies (what does not
    fit the snapshot before, or one sheet to the other), notes."""

    FILE_MISSING = "file_missing"
    FILE_TOO_LARGE = "file_too_large"
    FILE_NAME_INVALID = "file_name_invalid"
    RECORD_DATE_INVALID = "record_date_invalid"
    RECORD_DATE_IN_FUTURE = "record_date_in_future"
    PERFORMANCE_UNKNOWN = "performance_unknown"
    CODE_MISMATCH = "code_mismatch"
    FILE_EMPTY = "file_empty"
    NOT_A_WORKBOOK = "not_a_workbook"
    FILE_DAMAGED = "file_damaged"
    WORKBOOK_TOO_LARGE = "workbook_too_large"
    CSV_INCOMPLETE = "csv_incomplete"
    SHEET_MISSING = "sheet_missing"
    MARKERS_MISSING = "markers_missing"
    MARKER_MISSING = "marker_missing"
    MARKER_DUPLICATE = "marker_duplicate"
    ERROR_CELL = "error_cell"
    DATE_INVALID = "date_invalid"
    TIME_INVALID = "time_invalid"
    REQUIRED_CELL_BLANK = "required_cell_blank"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    NUMBER_INVALID = "number_invalid"
    NUMBER_FRACTIONAL = "number_fractional"
    SHARE_INVALID = "share_invalid"
    SALES_DATE_DUPLICATE = "sales_date_duplicate"
    SHOW_DUPLICATE = "show_duplicate"
    NO_DATA_ROWS = "no_data_rows"

    ROWS_AFTER_RECORD_DATE = "rows_after_record_date"
    UNKNOWN_SEAT_CLASS = "unknown_seat_class"
    NEGATIVE_VALUE = "negative_value"
    SHARE_OVER_100 = "share_over_100"
    SHARE_AS_PERCENT = "share_as_percent"
    SHARE_MISMATCH = "share_mismatch"
    CLASS_SUM_MISMATCH = "class_sum_mismatch"
    OVER_CAPACITY = "over_capacity"

    SALES_FELL = "sales_fell"
    ROWS_VANISHED = "rows_vanished"
    TOTALS_DIFFER = "totals_differ"

    BLANK_DATE_SKIPPED = "blank_date_skipped"
    SUBTOTAL_ROW_SKIPPED = "subtotal_row_skipped"
    NAME_NORMALISED = "name_normalised"


REFUSALS = tuple(Code)[: tuple(Code).index(Code.NO_DATA_ROWS) + 1]
"""The codes of errors, which refuse a file."""

HTTP_STATUS: Mapping[Code, int] = MappingProxyType(
    {
        Code.FILE_MISSING: 400,
        Code.FILE_TOO_LARGE: 413,
        Code.PERFORMANCE_UNKNOWN: 404,
        Code.CODE_MISMATCH: 409,
    }
)
"""Errors that are no 422."""

FIRST_LINES: Mapping[Code, str] = MappingProxyType(
    {
        Code.FILE_MISSING: "업로드할 파일이 없습니다.",
        Code.FILE_TOO_LARGE: "파일이 너무 큽니다. (최대 10 MiB)",
        Code.PERFORMANCE_UNKNOWN: "해당하는 공연 정보가 없습니다.",
        Code.CODE_MISMATCH: "파일명과 공연 ID가 일치하지 않습니다.",
        Code.SHEET_MISSING: "{sheet} 시트를 찾을 수 없습니다.",
        Code.MARKERS_MISSING: '{sheet} 시트의 2행 중 "dash_"으로 시작하는 셀을 찾을 수 없습니다.',
        Code.MARKER_MISSING: "{value} 열을 찾을 수 없습니다.",
        Code.MARKER_DUPLICATE: "{value} {thing} 두 개 이상입니다.",
        Code.ERROR_CELL: "엑셀 데이터에 오류가 존재합니다.",
        Code.DATE_INVALID: "유효하지 않은 날짜 데이터: '{sheet}' 시트의 row{row}",
        Code.TIME_INVALID: "유효하지 않은 시간 데이터: '{sheet}' 시트의 row{row}",
        Code.REQUIRED_CELL_BLANK: _BLANK,
        Code.FORMULA_WITHOUT_VALUE: _BLANK,
        Code.NUMBER_INVALID: _NUMBER,
        Code.NUMBER_FRACTIONAL: _NUMBER,
        Code.SHARE_INVALID: _NUMBER,
        Code.SALES_DATE_DUPLICATE: _DUPLICATE,
        Code.SHOW_DUPLICATE: _DUPLICATE,
        Code.NO_DATA_ROWS: "{sheet} 시트에 데이터가 없습니다.",
    }
)
"""First lines people know from the server before this one; the other errors say `_FORM`."""

_REASONS: Mapping[Code, tuple[str, str]] = MappingProxyType(
    {
        Code.FILE_MISSING: (
            "form 항목 file에 통합 문서를 넣어 보내세요.",
            "cannot import: the form has no file; send the workbook as field `file`",
        ),
        Code.FILE_TOO_LARGE: (
            "파일 크기 {value}; 10 MiB까지 받습니다.",
            "cannot import the file: it has {value}, at most 10 MiB are taken",
        ),
        Code.FILE_NAME_INVALID: (
            '파일명 "{value}"은(는) <날짜>_<공연ID>_<제목>.xlsx 형식이 아닙니다.',
            'cannot read file name "{value}": write <YYYYMMDD>_<code>_<title>.xlsx',
        ),
        Code.RECORD_DATE_INVALID: (
            '파일명의 날짜 "{value}"은(는) 없는 날짜입니다.',
            'cannot read record date "{value}": there is no such day',
        ),
        Code.RECORD_DATE_IN_FUTURE: (
            "기준일자 {value}은(는) {as_of}보다 하루 넘게 뒤입니다.",
            "cannot import record date {value}: it is more than one day after {as_of}",
        ),
        Code.PERFORMANCE_UNKNOWN: (
            '"{value}" 공연이 없습니다. 먼저 공연을 등록하세요.',
            'cannot find performance "{value}": register it first, or correct the name',
        ),
        Code.CODE_MISMATCH: (
            '파일명의 공연 ID는 "{value}"인데 선택한 공연은 "{expected}"입니다.',
            'cannot import the file: its name says "{value}", the form says "{expected}"',
        ),
        Code.FILE_EMPTY: (
            "파일이 비어 있습니다 (0 바이트).",
            "cannot read the file: it has 0 bytes",
        ),
        Code.NOT_A_WORKBOOK: (
            "Excel 통합 문서가 아닙니다: {value}. Excel에서 열어 .xlsx로 저장하세요.",
            "cannot read the file: it is no workbook ({value}); open it in Excel and save as .xlsx",
        ),
        Code.FILE_DAMAGED: (
            "파일이 손상되었습니다: {value}. Excel에서 열어 다시 저장하세요.",
            "cannot read the file: it is damaged ({value}); open it in Excel and save it again",
        ),
        Code.WORKBOOK_TOO_LARGE: (
            "통합 문서가 한도를 넘습니다: {value}. 필요한 시트와 행만 남기세요.",
            "cannot read the workbook: {value}; keep only the sheets and rows that are needed",
        ),
        Code.CSV_INCOMPLETE: (
            "CSV는 .daily.csv와 .shows.csv 두 파일을 담은 ZIP이어야 합니다: {value}",
            "cannot import CSV: both .daily.csv and .shows.csv are needed, in one ZIP ({value})",
        ),
        Code.SHEET_MISSING: (
            "있는 시트: {value}.{hint_ko}",
            "cannot find sheet {sheet}: the workbook has {value}{hint_en}",
        ),
        Code.MARKERS_MISSING: (
            "표식(dash_…)은 {sheet} 시트의 2행에 있어야 합니다.",
            "cannot find a marker in sheet {sheet}: cells starting with dash_ must stand in row 2",
        ),
        Code.MARKER_MISSING: (
            "{sheet} 시트의 2행에 {value} 표식이 필요합니다.",
            "cannot find marker {value} in row 2 of sheet {sheet}",
        ),
        Code.MARKER_DUPLICATE: (
            "{value}: {cells}. 하나만 남기세요.",
            "cannot tell which {value} is meant: {cells}; keep one of them",
        ),
        Code.ERROR_CELL: (
            "{sheet}!{cell} = {value}. 수식을 고치세요.",
            "cannot import {sheet}!{cell}: it holds the error {value}",
        ),
        Code.DATE_INVALID: (
            '{sheet}!{cell} = "{value}": 2000~2099년의 날짜가 아닙니다.{hint_ko}',
            'cannot read date {sheet}!{cell}: "{value}" is no day of 2000 to 2099{hint_en}',
        ),
        Code.TIME_INVALID: (
            '{sheet}!{cell} = "{value}": 시간(예: 19:30)이 필요합니다.',
            'cannot read time {sheet}!{cell}: "{value}" is no time of day such as 19:30',
        ),
        Code.REQUIRED_CELL_BLANK: (
            "{sheet}!{cell} ({marker})이(가) 비어 있습니다. 없으면 0을 넣으세요.{hint_ko}",
            "cannot import {sheet}!{cell}: {marker} is blank; write 0 if nothing was sold{hint_en}",
        ),
        Code.FORMULA_WITHOUT_VALUE: (
            "{sheet}!{cell}: 저장된 계산 결과가 없는 수식입니다. Excel에서 열어 저장하세요.",
            "cannot import {sheet}!{cell}: no stored result; open and save the file in Excel",
        ),
        Code.NUMBER_INVALID: (
            '{sheet}!{cell} = "{value}": 숫자가 아니거나 너무 큽니다.',
            'cannot read number {sheet}!{cell}: "{value}" is no whole number of 64 bits',
        ),
        Code.NUMBER_FRACTIONAL: (
            '{sheet}!{cell} = "{value}": 소수가 아닌 정수가 필요합니다.',
            'cannot read number {sheet}!{cell}: "{value}" is not whole',
        ),
        Code.SHARE_INVALID: (
            '{sheet}!{cell} = "{value}": 점유율(0~150%)이 아닙니다.',
            'cannot read share {sheet}!{cell}: "{value}" is not within 0 % and 150 %',
        ),
        Code.SALES_DATE_DUPLICATE: (
            "{sheet}!{cell}: {value}은(는) {first}에 이미 있습니다.",
            "cannot import {sheet}!{cell}: {value} stands already in {first}",
        ),
        Code.SHOW_DUPLICATE: (
            "{sheet}!{cell}: {value} 회차는 {first}에 이미 있습니다.",
            "cannot import {sheet}!{cell}: the show of {value} stands already in {first}",
        ),
        Code.NO_DATA_ROWS: (
            "{sheet} 시트에 {value}까지의 데이터 행이 없습니다.",
            "cannot import sheet {sheet}: it has no data row {value}",
        ),
        Code.ROWS_AFTER_RECORD_DATE: (
            "{sheet}: 기준일자 {record_date} 이후의 {count}개 행을 제외했습니다 ({value}).",
            "{sheet}: {count} rows after the record date {record_date} are left out ({value})",
        ),
        Code.UNKNOWN_SEAT_CLASS: (
            '{sheet}!{cell}: 좌석 등급 "{value}"을(를) 알 수 없어 읽지 않았습니다.',
            '{sheet}!{cell}: seat class "{value}" is unknown, its column is not read',
        ),
        Code.NEGATIVE_VALUE: (
            "{sheet}!{cell} = {value}: 음수입니다 (환불).",
            "{sheet}!{cell} = {value}: negative, taken as refund",
        ),
        Code.SHARE_OVER_100: (
            "{sheet}!{cell}: 점유율 {value}%가 100%를 넘습니다.",
            "{sheet}!{cell}: a share of {value} % is over 100 %",
        ),
        Code.SHARE_AS_PERCENT: (
            "{sheet}!{cell} = {value}: 퍼센트 값으로 읽었습니다.",
            "{sheet}!{cell} = {value}: read as per cent, the cell is not formatted so",
        ),
        Code.SHARE_MISMATCH: (
            "{sheet}!{cell}: 점유율 {value}%가 좌석 수로 계산한 {expected}%와 다릅니다.",
            "{sheet}!{cell}: a share of {value} % where the seats give {expected} %",
        ),
        Code.CLASS_SUM_MISMATCH: (
            "{sheet}!{cell} = {value}: 등급별 합계는 {expected}입니다.",
            "{sheet}!{cell} = {value}: the classes add up to {expected}",
        ),
        Code.OVER_CAPACITY: (
            "{sheet}!{cell}: 유료와 초대 {value}석이 회차당 {expected}석을 넘습니다.",
            "{sheet}!{cell}: {value} paid and invited seats, the house has {expected}",
        ),
        Code.SALES_FELL: (
            "{sheet}: {marker} 합계 {value}이(가) {record_date} 파일의 {expected}보다 작습니다.",
            "{sheet}: {marker} adds up to {value}, the file of {record_date} had {expected}",
        ),
        Code.ROWS_VANISHED: (
            "{sheet}: {record_date} 파일에 있던 {count}개 행이 없습니다 ({value}).",
            "{sheet}: {count} rows of the file of {record_date} are gone ({value})",
        ),
        Code.TOTALS_DIFFER: (
            "{sheet}: 합계 {value}매가 {other} 시트의 {expected}매와 맞지 않습니다.",
            "{sheet}: {value} tickets in all contradict the {expected} of sheet {other}",
        ),
        Code.BLANK_DATE_SKIPPED: (
            "{sheet}!{cell}: 날짜가 비어 있어 건너뛰었습니다.",
            "{sheet}!{cell}: skipped, blank date",
        ),
        Code.SUBTOTAL_ROW_SKIPPED: (
            '{sheet}!{cell}: 합계 행 "{value}"을(를) 건너뛰었습니다.',
            '{sheet}!{cell}: skipped, the row is a total ("{value}")',
        ),
        Code.NAME_NORMALISED: (
            '{sheet}: "{value}"을(를) "{expected}"(으)로 읽었습니다.',
            '{sheet}: "{value}" is read as "{expected}"',
        ),
    }
)
_RANK = {code: rank for rank, code in enumerate(Code)}


class _Known(dict[str, str]):
    """Parameters of a sentence; one that a finding does not have reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: what (`code`), where (`sheet`, `cell`) and what stands there (`value`).

    `row` is the row of the cell (0: none); `parameters` fill the sentences of the code.
    """

    code: Code
    sheet: str = ""
    cell: str = ""
    value: str = ""
    row: int = 0
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def http_status(self) -> int:
        """Status of an answer whose first error this is."""
        return HTTP_STATUS.get(self.code, 422)

    @property
    def first_line(self) -> str:
        """The Korean sentence an answer begins with when this is its first error."""
        return FIRST_LINES.get(self.code, _FORM).format_map(self._words())

    @property
    def reason_ko(self) -> str:
        """Place, value and remedy in Korean."""
        return _REASONS[self.code][0].format_map(self._words())

    @property
    def reason_en(self) -> str:
        """Place, value and remedy in English."""
        return _REASONS[self.code][1].format_map(self._words())

    def as_json(self) -> dict[str, str | None]:
        """What the API shows of it; a place or value that it does not have is None."""
        return {
            "code": self.code.value,
            "sheet": self.sheet or None,
            "cell": self.cell or None,
            "value": self.value or None,
            "message": self.reason_ko,
            "messageEn": self.reason_en,
        }

    def _words(self) -> _Known:
        own = {"sheet": self.sheet, "cell": self.cell, "value": self.value, "row": str(self.row)}
        return _Known({**own, **self.parameters})


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sorted by order of judgement; within a code as they were found."""
    return tuple(sorted(findings, key=lambda finding: _RANK[finding.code]))


def quoted(text: str) -> str:
    """A text as a finding shows it: one line, printable, at most `MAX_QUOTED` characters."""
    shown = "".join(c if c.isprintable() else "�" for c in text[: MAX_QUOTED + 1])
    return shown if len(shown) <= MAX_QUOTED else shown[:MAX_QUOTED] + "…"


class Findings:
    """Collects what is found in one file: errors refuse it, warnings and notes only inform."""

    def __init__(self) -> None:
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.notes: list[Finding] = []
