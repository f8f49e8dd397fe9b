"""Installing and building."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

SIGNATURES: Final = (
    Signature(
        "npm.missing_script",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern="Missing script:",
        place="stderr",
        cause="Wrong start command or wrong directory",
        collect="package.json scripts, cwd",
        remedy="Fix command",
        example='npm error Missing script: "build"',
        benign='npm: script "build" ran in 12 s',
    ),
    Signature(
        "npm.lock_mismatch",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "npm (?:ERR!|error) code EUSAGE"
            "|can only install (?:packages )?(?:with an existing|when your)"
        ),
        place="build log",
        cause="No lock file/out of sync",
        collect="Lock file mtime",
        remedy="Commit lock file",
        example="npm error code EUSAGE",
        benign="npm ci: installed 812 packages from the lock file",
    ),
    Signature(
        "npm.dependency_conflict",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=r"\bERESOLVE\b",
        place="build log",
        cause="Peer conflict",
        collect="Log",
        remedy="Pin versions",
        example="npm error code ERESOLVE",
        benign="dependencies resolved: 812 packages",
        provoked=False,
    ),
    Signature(
        "build.failed",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r"error TS\d{4}:|Failed to compile|Build failed"
            "|error Command failed with exit code|ELIFECYCLE"
        ),
        place="build log",
        cause="Compile error",
        collect="First error line, revision",
        remedy="Rollback; keep old build",
        example="src/main.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
        benign="Compiled successfully in 12.3 s",
        provoked=False,
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
