"""Room on the host: folders for logs, space and inodes, memory and open files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.model.facts import Folder, Machine
from usher.model.finding import Finding

LOG_FOLDER: Final = Code(
    "log.folder",
    "error",
    "The log folder cannot be written to",
    "Its mode or owner keeps the user of the app away, so its output would be lost.",
    "Give the folder to that user, or name another one.",
    forceable=True,
)
DISK_FULL: Final = Code(
    "disk.full",
    "error",
    "There is no space left",
    "Logs, uploads and state cannot be written; databases stop, and files are cut off.",
    "Remove or rotate what fills the disk.",
    forceable=True,
)
DISK_LOW: Final = Code(
    "disk.low",
    "warning",
    "There is little space left",
    "Less than a tenth, and less than 5 GiB, of the file system is free.",
    "Find what grows (`du -x --max-depth 2`), and make room in time.",
)
INODES: Final = Code(
    "disk.inodes",
    "warning",
    "There are few inodes left",
    "Less than a twentieth of the file system's inodes is free: no new file can be made soon, "
    "although there is space.",
    "Remove folders with very many small files (sessions, caches).",
)
MEMORY: Final = Code(
    "memory.over",
    "warning",
    "The apps may use more memory than there is",
    "The sum of their limits is above the memory of the host or of its control group: the kernel "
    "would kill one before a limit is reached.",
    "Lower the limits or the number of instances, or use a larger host.",
)
NOFILE: Final = Code(
    "limits.nofile",
    "error",
    "More open files are asked for than allowed",
    "The limit is above the hard limit, which only root may raise.",
    "Lower it, or raise the hard limit (LimitNOFILE= of the unit, /etc/security/limits.conf).",
    forceable=True,
)

CODES: Final = (LOG_FOLDER, DISK_FULL, DISK_LOW, INODES, MEMORY, NOFILE)

MIB: Final = 1024 * 1024
FULL: Final = 64 * MIB
LOW: Final = 5 * 1024 * MIB


def log_folders(app: Definition) -> tuple[str, ...]:
    """Return the folders that the app's own log files lie in; those in usher's home are not."""
    logs = app.spec.logs
    if logs.disabled:
        return ()
    paths = [path for path in (logs.out, logs.err, logs.combined) if path and path[:1] == "/"]
    # /dev/null, /dev/stdout: no files of ours.
    kept = [path.rpartition("/")[0] or "/" for path in paths if not path.startswith("/dev/")]
    return tuple(dict.fromkeys(kept))


def judge_folders(
    apps: Iterable[Definition], folders: Mapping[tuple[str, str], Folder], home: Folder
) -> list[Finding]:
    """Judge the log folders of the apps, and the file systems that they and `home` lie on.

    `folders` are as the app finds them: by the name of its service and path.
    """
    found: list[Finding] = []
    disks: dict[int, tuple[Folder, Definition | None]] = {home.device: (home, None)}
    for app in apps:
        for path in log_folders(app):
            folder = folders.get((app.spec.name, path))
            if folder is None:
                continue
            found += _writable(app, folder)
            disks.setdefault(folder.device, (folder, app))
    for folder, app in disks.values():
        found += _space(folder, app)
    return found


def _writable(app: Definition, folder: Folder) -> Iterator[Finding]:
    if folder.writable:
        return
    mode = f"owner {folder.owner!r}, mode {folder.mode:04o}"
    if folder.existing == folder.path:
        message = f"cannot write into {folder.path!r}: {mode}"
    else:
        message = f"cannot make {folder.path!r} in {folder.existing!r}: {mode}"
    hint = f"chown {folder.asked_by} {folder.existing}"
    yield app.finding(LOG_FOLDER, message, "out_file" if app.spec.pm2 else "log.out", hint)


def _space(folder: Folder, app: Definition | None) -> Iterator[Finding]:
    def say(code: Code, message: str) -> Finding:
        return app.finding(code, message) if app else code.finding(message)

    free = f"{_size(folder.free)} of {_size(folder.size)} are free at {folder.existing!r}"
    if folder.free < min(FULL, folder.size // 100):
        yield say(DISK_FULL, free)
    elif folder.free < min(LOW, folder.size // 10):
        yield say(DISK_LOW, free)
    if folder.inodes and folder.inodes_free < folder.inodes // 20:
        message = f"{folder.inodes_free} of {folder.inodes} inodes are free at {folder.existing!r}"
        yield say(INODES, message)


def judge_limits(apps: Sequence[Definition], machine: Machine) -> list[Finding]:
    """Judge what the apps may use against what the machine has."""
    found: list[Finding] = []
    limited = [app for app in apps if app.spec.memory is not None and app.spec.autostart]
    total = sum(app.spec.memory.limit * app.spec.instances for app in limited if app.spec.memory)
    if machine.memory is not None and total > machine.memory:
        sums = " + ".join(
            f"{app.name} {app.spec.instances} x {_size(app.spec.memory.limit)}"
            for app in limited
            if app.spec.memory
        )
        message = f"{_size(total)} may be used ({sums}), and there are {_size(machine.memory)}"
        largest = max(limited, key=lambda app: app.spec.memory.limit if app.spec.memory else 0)
        field = "max_memory_restart" if largest.spec.pm2 else "memory.limit"
        found.append(largest.finding(MEMORY, message, field))
    for app in apps:
        asked = app.spec.nofile or app.spec.rlimits.get("nofile", 0)
        if machine.nofile is not None and asked > machine.nofile and not machine.is_root:
            message = f"{asked} open files are asked for, and at most {machine.nofile} are allowed"
            found.append(app.finding(NOFILE, message, "nofile"))
    return found


def _size(number: int) -> str:
    gib = number / (1024 * MIB)
    return f"{gib:.1f} GiB" if gib >= 1 else f"{number // MIB} MiB"
