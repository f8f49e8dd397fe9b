"""Bytes of an uploaded workbook -> located rows, or everything that is wrong, located.

Pure and bounded: no database, no clock, no files; the caller says how much and how long to read.
From outside in: `filename` understands the name, `pairs` joins two CSV files; `program` is the
process that reads one file and hands it over as `delivery`; `book` is the whole reading;
`container`, `xml`, `xlsx`, `xls` and `delimited` turn bytes into `cells`; `layout` says which
columns there are, `columns` finds them, `records` reads them by the rules of `values`, `checks`
compares the records with each other, and `sales` turns them into `rows`. `findings` holds all
codes and sentences.
"""

from boxoffice.workbook.book import Accepted, Expectation, Rejected, read_book
from boxoffice.workbook.filename import FileName, base_name, read_file_name
from boxoffice.workbook.findings import Code, Finding, in_order
from boxoffice.workbook.layout import CONCERT_BOOK, PLAY_BOOK
from boxoffice.workbook.limits import MAX_FILE_BYTES, Limits

__all__ = [
    "CONCERT_BOOK",
    "MAX_FILE_BYTES",
    "PLAY_BOOK",
    "Accepted",
    "Code",
    "Expectation",
    "FileName",
    "Finding",
    "Limits",
    "Rejected",
    "base_name",
    "in_order",
    "read_book",
    "read_file_name",
]
