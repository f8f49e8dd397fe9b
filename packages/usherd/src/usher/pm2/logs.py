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
    if not any(map(words.flag, ("json", "format"))) or words.flag("nostream"):
        _history(session, target, chosen, lines)
    if words.flag("nostream"):
        return 0
    return _follow(session, [f"id:{each.pm_id}" for each in chosen] if target != "all" else [])


def attached(session: Session) -> int:
    """Print the lines to come of everything (--attach, --no-daemon)."""
    return _follow(session, [])


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
    seen: set[str] = set()
    for each in chosen:
        for stream in _streams(session):
            path = each.pm2_env.pm_out_log_path if stream == "out" else each.pm2_env.pm_err_log_path
            if path not in seen:
                seen.add(path)
                session.voice.plain(f"{path} last {lines} lines:")
                _tail(session, each, stream, lines)


def _tail(session: Session, process: Process, stream: Stream, lines: int) -> None:
    found = session.client.logs([f"id:{process.pm_id}"], lines=lines, streams=(stream,))
    shown = 0
    for line in found:
        _print(session, line, _plain(session, line))
        shown += 1
    if shown:
        session.voice.plain()


def _follow(session: Session, names: list[str]) -> int:
    lines = session.client.logs(names, lines=0, follow=True, streams=_streams(session))
    for line in lines:
        _print(session, line, _shaped(session, line))
    return 0


def _print(session: Session, line: LogLine, text: str) -> None:
    """Write a line; raw errors go to standard error, so that streams can be told apart."""
    if session.words.flag("raw") and line.stream == "err":
        sys.stderr.write(text)
        sys.stderr.flush()
    else:
        session.voice.answer(text)


def _shaped(session: Session, line: LogLine) -> str:
    words = session.words
    if words.flag("json"):
        return _json(line)
    if words.flag("format"):
        return _pairs(line)
    return _plain(session, line)


def _plain(session: Session, line: LogLine) -> str:
    """One line: as written with --raw, else with id and name before it, and a time if asked."""
    words, color = session.words, session.voice.color
    text = safe_line(line.line) if color else line.line
    highlight = words.value("highlight")
    if highlight and color:
        text = text.replace(highlight, f"\x1b[7m{highlight}\x1b[27m")
    if words.flag("raw"):
        return f"{text}\n"
    mark = f"{line.id}|{line.label or line.service:<{_NAME_WIDTH}} | "
    if color:
        mark = f"\x1b[{31 if line.stream == 'err' else 32}m{mark}\x1b[39m"
    stamp = ""
    if words.flag("timestamp"):
        stamp = _stamp(line, words.value("timestamp") or _DEFAULT_STAMP) + " "
    return f"{mark}{stamp}{text}\n"


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
