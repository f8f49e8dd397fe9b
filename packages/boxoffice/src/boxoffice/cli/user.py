"""`boxoffice user`: the first administrator, and what must work when nobody can sign in."""

import argparse
import csv
import getpass
import sys
from datetime import UTC, datetime

from sqlalchemy import Engine

from boxoffice.accounts.changes import Changes
from boxoffice.accounts.sign_up import (
    CODE_LASTS,
    Candidate,
    PasswordWeak,
    add_administrator,
    issue_code,
    set_password,
)
from boxoffice.accounts.tokens import random_text
from boxoffice.accounts.users import (
    ChangeRefused,
    NameTaken,
    User,
    UserUnknown,
    change_user,
    delete_user,
    find_user,
    list_users,
)
from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError
from boxoffice.db.transactions import SYSTEM

_OK = 0
_REFUSED = 2

_WEAK = {
    "password_too_short": "it needs at least 10 characters",
    "password_too_long": "it has more than 128 characters",
    "password_too_common": "it is easy to guess",
}


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "user",
        help="make the first administrator, look after users",
        description=(
            "Look after users. Once there is an administrator everybody must sign in. Passwords"
            " are asked for, or read as one line from standard input; never from the command line,"
            " which others see."
        ),
    )
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    create = actions.add_parser("create-admin", help="add a master, with all rights")
    create.add_argument("email", metavar="EMAIL")
    create.add_argument("--name", help="as others see it (default: the address before the @)")
    actions.add_parser("list", help="write all users as CSV")
    for action, text in (
        ("approve", "let somebody sign in who signed up"),
        ("password", "set somebody's password; ends their sessions"),
        ("code", "write a code with which somebody chooses a password, once, within 72 hours"),
        ("delete", "delete somebody with their sessions and tokens"),
    ):
        actions.add_parser(action, help=text).add_argument("email", metavar="EMAIL")


def run(args: argparse.Namespace) -> int:
    """Do it; 2 when it is refused, with the reason."""
    try:
        with open_store() as engine:
            return _run(engine, args)
    except PasswordWeak as weak:
        reason = f"cannot take this password: {_WEAK[weak.reason]}; choose another one"
    except NameTaken:
        reason = f'cannot add "{args.email}": address or name is taken; see "boxoffice user list"'
    except UserUnknown:
        reason = f'cannot find user "{args.email}": nobody has this address'
    except ChangeRefused:
        reason = f'cannot delete "{args.email}": there must be a master; make another one first'
    except SchemaError as error:
        reason = str(error)
    return _refuse(args, reason)


def _run(engine: Engine, args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    match args.action:
        case "create-admin":
            email: str = args.email
            if "@" not in email.strip("@"):
                return _refuse(args, f'cannot add "{email}": it is no e-mail address')
            candidate = Candidate(email, args.name or email.partition("@")[0], _ask_password())
            add_administrator(engine, candidate, now=now)
            _say(args, f'added master "{email}"; from now on everybody must sign in')
        case "list":
            _write_list(list_users(engine, actor=SYSTEM))
        case "approve":
            user = find_user(engine, args.email)
            change_user(engine, user.id, Changes(is_approved=True), actor=SYSTEM)
            _say(args, f'"{user.email}" may sign in')
        case "password":
            user = find_user(engine, args.email)
            set_password(engine, user.id, _ask_password(), now=now, actor=SYSTEM)
            _say(args, f'password of "{user.email}" set; their sessions ended')
        case "code":
            code, user = random_text(), find_user(engine, args.email)
            issue_code(engine, user.id, code=code, now=now, actor=SYSTEM)
            print(code)
            _say(args, f"good once, for {CODE_LASTS.days} days, on the page /password")
        case "delete":
            user = find_user(engine, args.email)
            delete_user(engine, user.id, actor=SYSTEM)
            _say(args, f'deleted "{user.email}"')
        case _:
            raise ValueError(args.action)
    return _OK


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    while getpass.getpass("Once more: ") != password:
        print("They differ.", file=sys.stderr)
        password = getpass.getpass("Password: ")
    return password


def _write_list(people: list[User]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ("id", "email", "name", "role", "can_upload", "can_manage", "approved", "performances")
    )
    for user in people:
        account = user.account
        writer.writerow(
            (
                user.id,
                user.email,
                user.name,
                account.role.name.lower(),
                _yes(account.can_upload),
                _yes(account.can_manage),
                _yes(account.is_approved),
                "all" if user.all_performances else " ".join(sorted(user.performances)),
            )
        )


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _refuse(args: argparse.Namespace, reason: str) -> int:
    _say(args, reason)
    return _REFUSED


def _say(args: argparse.Namespace, line: str) -> None:
    print(f"boxoffice user {args.action}: {line}", file=sys.stderr)
