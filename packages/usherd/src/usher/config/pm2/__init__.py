"""PM2's files and dumps, read as PM2 reads them.

`ecosystem` finds the apps, `fields` brings each to PM2's own names, `file` walks and judges them,
`build` makes services out of them, with `env`, `program`, `policies`, `files`, `watch` and `view`.
"""
