"""The daemon: the HTTP interface over a Unix socket, one file a noun, and its composition."""
