"""The base of every value of the model."""

import msgspec


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Immutable, comparable, written without its defaults."""
