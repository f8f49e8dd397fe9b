"""What tests share: the golden data (whole seasons and damaged files, with the right reactions),
and its performances in a database.

The golden data is no part of this repository: it lies beside it, or where `BOXOFFICE_GOLDEN` says.
"""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from boxoffice.db.tables import performance, seat_class
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.domain.categories import Category

_BESIDE_THE_PROJECT = Path(__file__).parents[5] / "shared" / "golden"
_OVERSIZE_BYTES = 10 * 1024 * 1024 + 1000
EDGE_AS_OF = date(2025, 6, 18)
"""The day the edge cases are judged by."""


def golden_folder() -> Path:
    """Where the golden data lies; an error that says what to do when it is not there."""
    folder = Path(os.environ.get("BOXOFFICE_GOLDEN") or _BESIDE_THE_PROJECT)
    if not (folder / "edge" / "cases.json").is_file():
        raise FileNotFoundError(f'cannot find golden data in "{folder}": set BOXOFFICE_GOLDEN')
    return folder


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file and the name it is sent under."""

    name: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class EdgeCase:
    """One damaged (or good) file, the good one sent before it, and the reaction asked for."""

    name: str
    show: dict[str, Any]
    base: SentFile
    file: SentFile
    form: dict[str, str | None]
    accepted: bool
    http: int
    codes: frozenset[str]
    expect: dict[str, Any]

    @property
    def live_name(self) -> str | None:
        """Title as the form sends it; None when the field is left out."""
        return self.form.get("liveName", self.show["liveName"])


@cache
def edge_cases() -> tuple[EdgeCase, ...]:
    """All edge cases, files read into memory (they are small, but for one that is made here)."""
    folder = golden_folder() / "edge"
    cases: list[dict[str, Any]] = json.loads((folder / "cases.json").read_text("utf-8"))
    return tuple(_edge_case(folder, case) for case in cases)


def _edge_case(folder: Path, case: dict[str, Any]) -> EdgeCase:
    base = SentFile(case["base"]["sent_as"], (folder / case["base"]["path"]).read_bytes())
    file = case["file"]
    content = (folder / file["path"]).read_bytes() if file.get("path") else None
    if case["case"] == "over_10_mib":
        content = _oversize(base.content or b"")
    return EdgeCase(
        name=case["case"],
        show=case["show"],
        base=base,
        file=SentFile(file["sent_as"], content),
        form=case["form"],
        accepted=case["reaction"] == "accepted",
        http=case["http"],
        codes=frozenset(case["codes"]),
        expect=case.get("expect", {}),
    )


def _oversize(workbook: bytes) -> bytes:
    """A good workbook plus a stored member that takes it over the limit."""
    buffer = io.BytesIO(workbook)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("padding.bin", bytes(_OVERSIZE_BYTES))
    return buffer.getvalue()


def season_shows(season: Path) -> list[dict[str, Any]]:
    """The performances of a season set, as its `inputs/meta.json` describes them."""
    meta: dict[str, Any] = json.loads((season / "inputs" / "meta.json").read_text("utf-8"))
    return meta["shows"]


def add_performance(engine: Engine, show: Mapping[str, Any]) -> int:
    """Register a performance as the golden sets describe it; its id."""
    values = {
        "code": show["liveId"],
        "title": show["liveName"],
        "category": Category.from_label(show["category"]).value,
        "seats_per_show": show["showTotalSeatNumber"],
        "show_start_date": date.fromisoformat(show["showStartDate"]),
        "show_end_date": date.fromisoformat(show["showEndDate"]),
    }
    seats = {name: show.get(f"concertSeatNumber{name}") for name in ("Vip", "R", "S", "A", "B")}
    with transaction(engine, actor=SYSTEM) as connection:
        statement = insert(performance).values(values).returning(performance.c.id)
        performance_id: int = connection.execute(statement).scalar_one()
        for name, count in seats.items():
            if count is not None:
                row = {"performance_id": performance_id, "seat_class": name.lower()}
                connection.execute(insert(seat_class).values(**row, seats_per_show=count))
    return performance_id
