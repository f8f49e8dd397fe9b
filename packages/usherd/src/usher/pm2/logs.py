"""logs: the output of apps in PM2's four shapes."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from usher.api.text import safe_line
from usher.api.types import LogLine
from usher.pm2.processes import NotFoundError, Process, choose
from usher.pm2.session import Session

_LINES: Final = 15

_NAME_WIDTH: Final = 8
"""Room for names in what was printed before; later lines have as much as the longest name needs."""

_PM2_TAIL: Final = 256 * 1024
"""Bytes of pm2.log that are looked at for its last lines."""

_DEFAULT_STAMP: Final = "YYYY-MM-DD-HH:mm:ss"

_TOKENS: Final = {
    "YYYY": "%Y",
    "MM": "%m",
    "DD": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
    "Z": "%z",
}
_TOKEN: Final = re.compile("|".join(sorted(_TOKENS, key=len, reverse=True)))

Stream = Literal["out", "err"]


def run(session: Session) -> int:
    """Print the last lines of each file, and then the lines to come."""
    words = session.words
    target = "".join(words.args[:1]) or "all"
    lines = int(words.value("lines")) if words.value("lines").isdecimal() else _LINES
    chosen = _chosen(session, target)
    machine = words.flag("json") or words.flag("format")
    if words.flag("nostream") or (lines and not machine):
        _history(session, target, chosen, lines)
    if words.flag("nostream"):
        return 0
    return follow(session, [f"id:{each.pm_id}" for each in chosen] if target != "all" else [])


def attached(session: Session) -> int:
    """Print the lines to come of everything (--attach, --no-daemon)."""
    return follow(session, [])


def _chosen(session: Session, target: str) -> Sequence[Process]:
    try:
        return choose(session.processes(), target).processes
    except NotFoundError:
        return ()


def _streams(session: Session) -> tuple[Stream, ...]:
    if session.words.flag("err"):
        return ("err",)
    return ("out",) if session.words.flag("out") else ("out", "err")


def _history(session: Session, target: str, chosen: Sequence[Process], lines: int) -> None:
    kind = "processes" if target == "all" else "process"
    session.voice.plain(
        f"[TAILING] Tailing last {lines} lines for [{target}] {kind}"
        " (change the value with --lines option)"
    )
    if not lines:
        return
    if target == "all":
        _tail_of_pm2(session, lines)
    seen: set[str] = set()
    for each in chosen:
        for stream in _streams(session):
            path = each.pm2_env.pm_out_log_path if stream == "out" else each.pm2_env.pm_err_log_path
            if path not in seen:
                seen.add(path)
                session.voice.plain(f"{path} last {lines} lines:")
                _tail(session, each, stream, lines)


def _tail_of_pm2(session: Session, lines: int) -> None:
    """Show the end of pm2.log, which is about all apps."""
    path = session.folder / "pm2.log"
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _PM2_TAIL))
            found = file.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return  # there is none before the first event
    session.voice.plain(f"{path} last {lines} lines:")
    mark = "" if session.words.flag("raw") else f"{'PM2':<{_NAME_WIDTH + 2}} | "
    for line in found:
        session.voice.answer(f"{mark}{safe_line(line)}\n")
    session.voice.plain()


def _tail(session: Session, process: Process, stream: Stream, lines: int) -> None:
    found = session.client.logs([f"id:{process.pm_id}"], lines=lines, streams=(stream,))
    shown = 0
    for line in found:
        _print(session, line, _plain(session, line, _NAME_WIDTH))
        shown += 1
    if shown:
        session.voice.plain()


def follow(session: Session, names: list[str]) -> int:
    """Print the lines to come of these, or of everything."""
    lines = session.client.logs(names, lines=0, follow=True, streams=_streams(session))
    width = 0
    for line in lines:
        width = max(width, len(line.label or line.service) + 1)
        _print(session, line, _shaped(session, line, width))
    return 0


def _print(session: Session, line: LogLine, text: str) -> None:
    """Write a line; raw errors go to standard error, so that streams can be told apart."""
    if session.words.flag("raw") and line.stream == "err":
        sys.stderr.write(text)
        sys.stderr.flush()
    else:
        session.voice.answer(text)


def _shaped(session: Session, line: LogLine, width: int) -> str:
    words = session.words
    if words.flag("json"):
        return _json(line)
    if words.flag("format"):
        return _pairs(line)
    plain = _plain(session, line, width)
    if words.flag("timestamp") and not words.flag("raw"):
        return f"{_stamp(line, words.value('timestamp') or _DEFAULT_STAMP)} {plain}"
    return plain


def _plain(session: Session, line: LogLine, width: int) -> str:
    """One line: as written with --raw, else with id and name before it."""
    words, color = session.words, session.voice.color
    text = safe_line(line.line) if color else line.line
    highlight = words.value("highlight")
    if highlight and color:
        text = text.replace(highlight, f"\x1b[7m{highlight}\x1b[27m")
    if words.flag("raw"):
        return f"{text}\n"
    mark = f"{line.id}|{line.label or line.service:<{width}} | "
    if color:
        mark = f"\x1b[{31 if line.stream == 'err' else 32}m{mark}\x1b[39m"
    return f"{mark}{text}\n"


def _json(line: LogLine) -> str:
    record = {
        "message": line.line,
        "timestamp": _moment(line).astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "type": line.stream,
        "process_id": line.id,
        "app_name": line.label or line.service,
    }
    return msgspec.json.encode(record).decode() + "\n"


def _pairs(line: LogLine) -> str:
    stamp = _stamp(line, "YYYY-MM-DD-HH:mm:ssZ")
    kind = "out" if line.stream == "out" else "error"
    name = line.label or line.service
    return f"timestamp={stamp} app={name} id={line.id} type={kind} message={line.line}\n"


def _moment(line: LogLine) -> datetime:
    return datetime.fromtimestamp(line.time_ns / 1e9, tz=UTC)


def _stamp(line: LogLine, form: str) -> str:
    local = _moment(line).astimezone()
    return local.strftime(_TOKEN.sub(lambda token: _TOKENS[token[0]], form.replace("%", "%%")))
