"""`boxoffice token`: what scripts sign in with."""

import argparse
import csv
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from boxoffice.accounts.credentials import TokenUnknown, create_token, list_tokens, revoke_token
from boxoffice.accounts.rights import Role
from boxoffice.accounts.tokens import API_PREFIX, random_text
from boxoffice.accounts.users import NameTaken, User, UserUnknown, find_user, list_users
from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError
from boxoffice.db.transactions import SYSTEM
from boxoffice.domain.zone import SEOUL

_OK = 0
_REFUSED = 2


class _NoUserError(Exception):
    """Nobody is named, and it is not clear whom to take."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "token",
        help="make, list and revoke the tokens of scripts",
        description=(
            "Look after API tokens. A script sends one as `Authorization: Bearer TOKEN` and may do"
            " what its user may. Only a hash is kept: a token is shown once."
        ),
    )
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    create = actions.add_parser("create", help="make a token and write it to standard output")
    create.add_argument("name", metavar="NAME", help="what it is for; unique for its user")
    create.add_argument(
        "--user", metavar="EMAIL", help="who it acts as (default: the master, if there is one)"
    )
    create.add_argument("--days", type=_days, metavar="N", help="how long it lasts (for ever)")
    actions.add_parser("list", help="write all tokens as CSV, without their secrets")
    revoke = actions.add_parser("revoke", help="end a token at once")
    revoke.add_argument("id", metavar="ID", type=int, help="its number in the list")


def run(args: argparse.Namespace) -> int:
    """Do it; 2 when it is refused, with the reason."""
    try:
        with open_store() as engine:
            return _run(engine, args, datetime.now(UTC))
    except _NoUserError as error:
        reason = str(error)
    except UserUnknown:
        reason = f'cannot make token: nobody has the address "{args.user}"'
    except NameTaken:
        reason = f'cannot make token "{args.name}": this user has one of that name'
    except TokenUnknown:
        reason = f'cannot revoke token {args.id}: there is none; see "boxoffice token list"'
    except SchemaError as error:
        reason = str(error)
    _say(args, reason)
    return _REFUSED


def _run(engine: Engine, args: argparse.Namespace, now: datetime) -> int:
    match args.action:
        case "create":
            user = find_user(engine, args.user) if args.user else _only_master(engine)
            token = API_PREFIX + random_text()
            expires = now + timedelta(days=args.days) if args.days else None
            create_token(engine, user.id, args.name, token=token, now=now, expires=expires)
            print(token)
            _say(args, f'"{args.name}" acts as {user.email}; it is not shown again')
        case "list":
            _write_list(engine)
        case "revoke":
            revoke_token(engine, args.id)
            _say(args, f"token {args.id} ended")
        case _:
            raise ValueError(args.action)
    return _OK


def _only_master(engine: Engine) -> User:
    masters = [u for u in list_users(engine, actor=SYSTEM) if u.account.role is Role.MASTER]
    match masters:
        case [master]:
            return master
        case []:
            raise _NoUserError(
                "cannot make token: there is no user it could act as; make the first with"
                ' "boxoffice user create-admin EMAIL"'
            )
        case _:
            raise _NoUserError(
                "cannot make token: there are several masters; say whom it acts as (--user EMAIL)"
            )


def _write_list(engine: Engine) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("id", "user", "name", "created", "last_used", "expires"))
    for token in list_tokens(engine):
        moments = (token.created_at, token.last_used_at, token.expires_at)
        writer.writerow((token.id, token.email, token.name, *map(_spelled, moments)))


def _spelled(moment: datetime | None) -> str:
    return moment.astimezone(SEOUL).isoformat(timespec="seconds") if moment else ""


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3650:
        raise argparse.ArgumentTypeError(f'"{text}" is no number of days from 1 to 3650')
    return int(text)


def _say(args: argparse.Namespace, line: str) -> None:
    print(f"boxoffice token {args.action}: {line}", file=sys.stderr)
