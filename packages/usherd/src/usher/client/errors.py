"""What a call can fail with. Each carries the exit code a command should end with."""

from usher.api.exit_codes import ExitCode
from usher.api.types import Problem


class UsherError(Exception):
    """Base: str() is "cannot <verb> <object>: <cause>", `hint` says what to do next."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        details: tuple[str, ...] = (),
        codes: tuple[str, ...] = (),
        exit_code: int = ExitCode.NOT_READY,
    ) -> None:
        """Keep what a person and what a program needs."""
        super().__init__(message)
        self.hint = hint
        self.details = details
        self.codes = codes
        self.exit_code = exit_code

    def problem(self) -> Problem:
        """Return the same as a value of the interface."""
        return Problem(
            error=str(self),
            exit_code=self.exit_code,
            hint=self.hint,
            details=list(self.details),
            codes=list(self.codes),
        )


class NotRunningError(UsherError):
    """No daemon answers for this home."""

    def __init__(self, message: str) -> None:
        """Say how one comes to be, and where else to look: another home may be meant."""
        hint = "`usher start` in a folder with an usher.toml starts it; --home names another home"
        super().__init__(message, hint=hint)


class LostError(UsherError):
    """The daemon ended in the middle of an answer; what was asked may still be done."""


class ProblemError(UsherError):
    """The daemon said no, and why."""

    def __init__(self, problem: Problem, *, status: int = 0) -> None:
        """Take the daemon's words, and the HTTP status where that matters."""
        self.status = status
        super().__init__(
            problem.error,
            hint=problem.hint,
            details=tuple(problem.details),
            codes=tuple(problem.codes),
            exit_code=problem.exit_code,
        )
