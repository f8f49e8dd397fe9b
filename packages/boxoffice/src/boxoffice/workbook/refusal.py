"""How a reader says that the file as a whole cannot be read."""

from boxoffice.workbook.findings import Code, Finding, quoted


class UnreadableError(Exception):
    """The file cannot be read at all; `finding` says why. Never leaves `boxoffice.workbook`."""

    def __init__(self, code: Code, value: str) -> None:
        super().__init__(f"{code}: {value}")
        self.finding = Finding(code, value=quoted(value))
