"""What `accounts` refuses, as answers: one table of status and code."""

from collections.abc import Generator
from contextlib import contextmanager
from math import ceil

from boxoffice.accounts.sign_in import NotApproved, SignInRefused, TooManyAttempts
from boxoffice.accounts.sign_up import CodeUnknown, PasswordWeak
from boxoffice.accounts.users import ChangeRefused, NameTaken, PerformanceUnknown, UserUnknown
from boxoffice.http.errors import RequestError

_REFUSALS = (
    SignInRefused,
    NotApproved,
    TooManyAttempts,
    PasswordWeak,
    CodeUnknown,
    NameTaken,
    UserUnknown,
    ChangeRefused,
    PerformanceUnknown,
)


@contextmanager
def account_errors() -> Generator[None]:
    """Turn refusals of `accounts` into `RequestError`."""
    try:
        yield
    except _REFUSALS as refusal:
        raise as_request_error(refusal) from refusal


def as_request_error(refusal: Exception) -> RequestError:
    """The answer to a refusal of `accounts`."""
    match refusal:
        case TooManyAttempts():
            seconds = str(ceil(refusal.wait.total_seconds()))
            headers = {"Retry-After": seconds}
            return RequestError(429, "too_many_attempts", headers=headers, seconds=seconds)
        case PasswordWeak():
            return RequestError(422, refusal.reason)
        case ChangeRefused():
            return RequestError(409, refusal.reason.value)
        case PerformanceUnknown():
            codes = ", ".join(refusal.codes)
            return RequestError(422, "permitted_performance_unknown", codes=codes)
        case UserUnknown():
            return RequestError(404, "user_unknown", user=str(refusal))
        case NameTaken():
            return RequestError(409, "name_taken")
        case NotApproved():
            return RequestError(403, "not_approved")
        case CodeUnknown():
            return RequestError(404, "code_unknown")
        case SignInRefused():
            return RequestError(401, "sign_in_refused")
        case _:
            raise TypeError(refusal)
