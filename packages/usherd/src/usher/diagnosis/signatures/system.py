"""Files, limits, the kernel and commands."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

SIGNATURES: Final = (
    Signature(
        "fs.no_space",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=r"ENOSPC: no space|\[Errno 28\]|No space left on device|could not extend file",
        place="any log",
        cause="Disk or quota full",
        collect="df -h, df -i, largest growing files, log dir size",
        remedy="Rotate/clean logs, grow disk",
        example="Error: ENOSPC: no space left on device, write",
        benign="disk: 41 GB of space left on /srv",
    ),
    Signature(
        "fs.watch_limit",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern="System limit for number of file watchers reached",
        place="app log",
        cause="inotify max_user_watches",
        collect="sysctl value",
        remedy="Raise limit or disable watch",
        example="Error: ENOSPC: System limit for number of file watchers reached, watch '/srv/app'",
        benign="watching 812 files of 65536",
        provoked=False,
    ),
    Signature(
        "fs.too_many_open",
        Severity.CRITICAL,
        Restart.ONCE,
        Rank.ROOT,
        pattern=r"\bEMFILE\b|\bENFILE\b|[Tt]oo many open files",
        place="app log",
        cause="Fd leak or low ulimit",
        collect="Fd count and kinds of pid, limit",
        remedy="Raise limit / fix leak; one restart relieves",
        example="Error: EMFILE: too many open files, open '/etc/hostname'",
        benign="open files: 212 of 65536",
    ),
    Signature(
        "fs.permission",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "EACCES: permission denied, |EPERM: operation not permitted, "
            r"|PermissionError: \[Errno 13\]|\[Errno 13\] Permission denied: '"
        ),
        place="app log",
        cause="Owner/mode of log, upload or socket dir",
        collect="stat of path, uid/gid, umask",
        remedy="Fix ownership",
        example="Error: EACCES: permission denied, open '/etc/x'",
        benign='user 17 has permission to edit "orders"',
    ),
    Signature(
        "fs.read_only",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=r"\bEROFS\b|[Rr]ead-only file system",
        place="any log",
        cause="Filesystem remounted ro after error",
        collect="Mount, kernel log",
        remedy="Repair disk",
        example="Error: EROFS: read-only file system, open '/srv/app/upload.tmp'",
        benign="opened catalogue in read-only mode",
        provoked=False,
    ),
    Signature(
        "fs.not_found",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=r"ENOENT: no such file or directory|FileNotFoundError|\[Errno 2\] No such file",
        place="app log",
        cause="Missing file: env, build output, upload dir",
        collect="Path; exists parent?; build time",
        remedy="Create/restore/build",
        example="Error: ENOENT: no such file or directory, open '/nope/.env'",
        benign="no file chosen: upload skipped",
    ),
    Signature(
        "os.oom_kill",
        Severity.CRITICAL,
        Restart.AUTO,
        Rank.ROOT,
        pattern=(
            r"Out of memory: Killed process \d+|Memory cgroup out of memory: Killed process"
            r"|oom-kill:constraint|oom_reaper: reaped|Reason:\s+OOMKilled"
        ),
        place="kernel log",
        cause="Host or cgroup memory exhausted",
        collect="Victim pid/name/anon-rss, cgroup or host, top RSS incl. unmanaged, memory trend",
        remedy="Lower limits, fix leak, add memory",
        example=(
            "Memory cgroup out of memory: Killed process 2144 (node) total-vm:1069804kB, "
            "anon-rss:80896kB"
        ),
        benign="memory: 812 MB used, no process killed",
    ),
    Signature(
        "os.cannot_fork",
        Severity.CRITICAL,
        Restart.ONCE,
        Rank.ROOT,
        pattern=(
            "fork: (?:retry: )?Resource temporarily unavailable|can't start new thread"
            r"|pthread_create|spawn [^\n]* EAGAIN"
        ),
        place="app log",
        cause="Process/thread limit",
        collect="ulimit -u, pids.max, thread count",
        remedy="Raise limit/fix leak",
        example="RuntimeError: can't start new thread",
        benign="forked 4 workers; resources available",
    ),
    Signature(
        "os.cannot_allocate",
        Severity.CRITICAL,
        Restart.ONCE,
        Rank.ROOT,
        pattern=r"\bENOMEM\b|Cannot allocate memory|^MemoryError\b",
        place="app log",
        cause="Address space or overcommit limit",
        collect="rlimits, free -m",
        remedy="More memory / smaller process",
        example="MemoryError",
        benign="allocated 64 MB for the cache",
    ),
    Signature(
        "os.segfault",
        Severity.CRITICAL,
        Restart.ONCE,
        Rank.ROOT,
        pattern="segfault at [0-9a-f]+ ip|Segmentation fault",
        place="kernel log",
        cause="Native module bug, ABI mismatch",
        collect="Native modules, versions, kernel line",
        remedy="Rebuild native module",
        example=(
            "psql[22385]: segfault at 401040 ip 00007fa9be6b9a5d sp 00007fff63d22e10 error "
            "7 in ld-linux-x86-64.so.2"
        ),
        benign="3 segments uploaded without fault",
    ),
    Signature(
        "exec.command_missing",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r": command not found$|^(?:/\S+: \d+: |\S+: line \d+: |\S+: \d+: )\S+: not found$"
            r"|spawn \S+ ENOENT"
        ),
        place="stderr",
        cause="Interpreter not in PATH (nvm not loaded under cron)",
        collect="PATH, which",
        remedy="Absolute path / env setup",
        example="Error: spawn nosuchbin ENOENT",
        benign="page /old-shop: not found, redirecting",
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
