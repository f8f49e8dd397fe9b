"""The zip container around a workbook or a pair of CSV files, opened without trusting it.

All members are inflated once when it is opened, counted and thrown away: sizes declared in the
directory may lie, and a damaged member anywhere means that the file did not arrive whole.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError

_CHUNK = 1024 * 1024
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Container:
    """An open container whose members are all whole and within the limits."""

    archive: zipfile.ZipFile
    names: frozenset[str]

    def open(self, name: str) -> IO[bytes] | None:
        """A member, to be inflated piece by piece (it was counted before); None if absent."""
        return self.archive.open(name) if name in self.names else None


def open_container(content: bytes, limits: Limits) -> Container:
    """Open and verify; `UnreadableError` says `file_damaged` or `workbook_too_large`."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _DAMAGED as error:
        raise UnreadableError(Code.FILE_DAMAGED, str(error)) from error
    members = archive.infolist()
    if len(members) > limits.members:
        raise UnreadableError(Code.WORKBOOK_TOO_LARGE, f"{len(members)} > {limits.members} members")
    left = limits.total_bytes
    for member in members:
        left -= _verified_size(archive, member, min(limits.member_bytes, left), limits)
    return Container(archive, frozenset(archive.namelist()))


def _verified_size(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, bound: int, limits: Limits
) -> int:
    """Inflate one member to its end, which checks its checksum too; its real size in bytes."""
    if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
        raise UnreadableError(Code.NOT_A_WORKBOOK, f"{member.filename}: encrypted or foreign zip")
    size = 0
    densest = max(limits.ratio_free_bytes, limits.ratio * member.compress_size)
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > bound or limits.expired():
                    reason = f"{member.filename} > {bound // _CHUNK} MiB"
                    raise UnreadableError(Code.WORKBOOK_TOO_LARGE, reason)
                if size > densest:
                    reason = f"{member.filename} inflates to over {limits.ratio} times its size"
                    raise UnreadableError(Code.WORKBOOK_TOO_LARGE, reason)
    except _DAMAGED as error:
        raise UnreadableError(Code.FILE_DAMAGED, f"{member.filename}: {error}") from error
    return size
