"""The command line: one file a subcommand, each over usher.client.

`hot` answers the verbs that scripts and people repeat, with next to no imports; `app` is all the
rest. `console` writes, `follow` shows a request on its way, `parser` knows every command.
"""
