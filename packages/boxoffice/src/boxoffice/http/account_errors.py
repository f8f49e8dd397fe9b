"""What `accounts` refuses, as answers: one table of status and code."""

from collections.abc import Generator
from contextlib import contextmanager
from math import ceil

from boxoffice.accounts.sign_in import NotApproved, SignInRefused, TooManyAttempts
from boxoffice.accounts.sign_up import CodeUnknown, PasswordWeak
from boxoffice.accounts.users import ChangeRefused, NameTaken, PerformanceUnknown, UserUnknown
from boxoffice.http.errors import RequestError
from boxoffice.http.openapi import problems

PASSWORD_REFUSED = {
    "password_too_short": 422,
    "password_too_long": 422,
    "password_too_common": 422,
}
SIGN_UP_REFUSED = problems(**PASSWORD_REFUSED, name_taken=409, too_many_attempts=429)
SIGN_IN_REFUSED = problems(sign_in_refused=401, not_approved=403, too_many_attempts=429)
OWN_PASSWORD_REFUSED = problems(**PASSWORD_REFUSED, sign_in_refused=401, too_many_attempts=429)
CHOICE_REFUSED = problems(**PASSWORD_REFUSED, code_unknown=404, too_many_attempts=429)
CHANGE_REFUSED = problems(
    user_unknown=404,
    name_taken=409,
    user_own_rights=409,
    user_role_by_master_only=409,
    user_last_master=409,
    permitted_performance_unknown=422,
)
"""What the routes of people can answer, for the OpenAPI document."""

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
