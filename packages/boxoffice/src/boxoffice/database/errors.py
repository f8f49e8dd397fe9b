"""The one way in which the embedded database says no."""


class DatabaseError(Exception):
    """The embedded database cannot be prepared, started or found.

    The message follows "cannot <verb> <object>: <cause>" and says what to do next, so that a
    command prints it as it is.
    """
