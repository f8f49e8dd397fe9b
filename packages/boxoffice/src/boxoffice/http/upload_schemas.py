"""What answers about uploads hold, for the OpenAPI document."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

# Names of the wire are the former server's, in its spelling.


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FindingOut(_Schema):
    """Something found in a file: what, where, and what stands there."""

    code: str
    sheet: str | None
    cell: str | None
    value: str | None
    message: str = Field(description="In Korean.")
    messageEn: str  # noqa: N815


class _Imported(_Schema):
    liveId: str  # noqa: N815
    liveName: str  # noqa: N815
    recordDate: date  # noqa: N815
    fileName: str  # noqa: N815
    sha256: str
    sheets: dict[str, dict[str, int]] = Field(description="Rows, won and tickets by sheet.")
    notDeposited: dict[str, int] | None = Field(  # noqa: N815
        description="Won and tickets that a play's shows count and its days do not; concerts: null."
    )
    columns: dict[str, dict[str, str]] = Field(description="Sheet -> marker -> column.")
    warnings: list[FindingOut]
    warningCount: int  # noqa: N815
    notes: list[FindingOut]
    noteCount: int  # noqa: N815
    changes: dict[str, Any] | None = Field(
        description="Against the snapshot before: rows added, changed and vanished; sums."
    )
    anomalies: list[FindingOut] = Field(description="What does not fit the snapshot before.")


class UploadReport(_Imported):
    """What an upload did."""

    status: Literal["created", "unchanged", "quarantined"]
    message: str
    snapshotId: int  # noqa: N815


class Preview(_Imported):
    """What an upload would do."""

    previewId: int  # noqa: N815
    expiresAt: datetime  # noqa: N815
    snapshotId: int | None = Field(description="What it was committed as.")  # noqa: N815
    effect: Literal["created", "unchanged", "quarantined"]
    replacesSnapshotId: int | None  # noqa: N815


class BatchLine(_Schema):
    """One upload of a batch is done."""

    done: int
    of: int
    fileName: str  # noqa: N815
    outcome: Literal["created", "unchanged", "quarantined", "previewed", "refused", "failed"]
    answer: dict[str, Any] | None = Field(description="As for a single upload, or its refusal.")


class Snapshot(_Schema):
    """One import."""

    id: int
    liveId: str  # noqa: N815
    liveName: str  # noqa: N815
    recordDate: date  # noqa: N815
    status: Literal["active", "superseded", "deleted", "quarantined"]
    fileName: str  # noqa: N815
    sha256: str
    uploadedBy: str  # noqa: N815
    uploadedAt: datetime  # noqa: N815
    replacedAt: datetime | None  # noqa: N815
    replacedBy: int | None  # noqa: N815
    deletedAt: datetime | None  # noqa: N815


class SnapshotWithReport(Snapshot):
    """One import with everything it reported."""

    report: dict[str, Any]


class SnapshotPage(_Schema):
    """Snapshots of a performance, newest day first."""

    items: list[Snapshot]
    nextCursor: str | None  # noqa: N815


class SourcedRow(_Schema):
    """A row of a sheet; `cells` says where each value stands, as `D17` or `line 17`."""

    sheet: str
    row: int
    values: dict[str, Any]
    cells: dict[str, list[str]]


class SheetRows(_Schema):
    """Rows of one sheet of a snapshot."""

    snapshotId: int  # noqa: N815
    fileName: str  # noqa: N815
    sha256: str
    items: list[SourcedRow]
    nextCursor: str | None  # noqa: N815


class AuditEntry(_Schema):
    """One attempt to upload, or what was done with a snapshot since."""

    id: int
    at: datetime
    actor: str
    liveId: str | None  # noqa: N815
    snapshotId: int | None  # noqa: N815
    fileName: str  # noqa: N815
    sha256: str | None
    sizeBytes: int | None  # noqa: N815
    outcome: str
    report: dict[str, Any]


class AuditPage(_Schema):
    """The audit, newest first."""

    items: list[AuditEntry]
    nextCursor: str | None  # noqa: N815
