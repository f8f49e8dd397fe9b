"""Secrets in what usher shows and writes: which values they are, and how they are taken out.

Pure, on the standard library alone: every front, the daemon and the filter of logs use it.
"""
