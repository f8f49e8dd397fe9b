"""Asking one question, once: a file a protocol. When to ask and what it means is policy."""
