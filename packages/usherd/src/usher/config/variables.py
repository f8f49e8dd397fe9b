"""What an app says about its variables: secrets that are asked for, and what it needs."""

import os

from usher.config import command
from usher.config.app import Surroundings, Written
from usher.config.env_file import expanded, read_env_file
from usher.config.schema import Secret, VariableNeed
from usher.model.spec import SecretSpec, VariableRule


def read_secrets(written: Written, around: Surroundings) -> tuple[SecretSpec, ...]:
    """Build where secrets come from. Files are not opened: they are read at each start."""
    found: list[SecretSpec] = []
    for name, secret in written.app.secrets.items():
        given = [each for each in (secret.file, secret.command, secret.credential) if each]
        if len(given) != 1:
            message = "expected exactly one of 'file', 'command' and 'credential'"
            written.complain("secrets", message, inside=(name,))
        elif name in written.app.env:
            message = f"{name!r} stands in 'env', too: its value would be written down"
            written.complain("secrets", message, "take it out of 'env'", inside=(name,))
        else:
            found.append(_secret(name, secret, written, around))
    return tuple(found)


def _secret(name: str, secret: Secret, written: Written, around: Surroundings) -> SecretSpec:
    as_file = secret.given_as == "file"
    if secret.file:
        path = os.path.normpath(around.folder / expanded(secret.file, around))
        return SecretSpec(name, "file", (path,), as_file)
    if secret.credential:
        return SecretSpec(name, "credential", (secret.credential,), as_file)
    try:
        words = command.split(secret.command or [])
    except ValueError as error:
        written.complain("secrets", str(error), inside=(name, "command"))
        words = ("false",)
    return SecretSpec(name, "command", words, as_file)


def read_contract(written: Written, around: Surroundings) -> tuple[VariableRule, ...]:
    """Build what the app needs of its environment; an example file requires its names."""
    contract = written.app.env_contract
    if isinstance(contract, str):
        path = around.folder / expanded(contract, around)
        names = read_env_file(written, path, key="env_contract")
        return tuple(VariableRule(name, required=True, source=str(path)) for name in names)
    return tuple(_rule(name, need) for name, need in contract.items())


def _rule(name: str, need: VariableNeed) -> VariableRule:
    return VariableRule(
        name,
        required=need.required,
        kind=need.kind or ("url" if need.schemes else "text"),
        schemes=tuple(need.schemes),
        one_of=tuple(need.one_of),
        none_of=_words(need.none_of),
        forbidden=need.forbidden,
        when=_words(need.when),
    )


def _words(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
