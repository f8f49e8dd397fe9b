"""Environment values needed to start services again: the one place where they are on disk.

`state/env/` is 0700, its files 0600; nothing shows or exports them (design 2.6.5). A file is
named by a keyed hash of its content, and only that hash stands in plan, journal and snapshot.
"""

import hashlib
import secrets
from pathlib import Path
from typing import TypeVar

import msgspec

from usher.model.spec import RemoteSpec, ServiceSpec
from usher.runtime import files

Spec = TypeVar("Spec", ServiceSpec, RemoteSpec)


class Environments:
    """Content-addressed store of environments in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = files.private_folder(folder)
        self._key = self._load_key()
        self._cache: dict[str, dict[str, str]] = {}

    def put(self, values: dict[str, str]) -> str:
        """Keep an environment and return its digest; empty for an empty one."""
        if not values:
            return ""
        body = msgspec.json.encode(dict(sorted(values.items())))
        digest = hashlib.blake2b(body, key=self._key, digest_size=16).hexdigest()
        path = self._folder / f"{digest}.json"
        if not path.exists():
            files.write_atomically(path, body)
        self._cache[digest] = values
        return digest

    def get(self, digest: str) -> dict[str, str]:
        """Return the values of a digest. Raises OSError when its file is gone."""
        if not digest:
            return {}
        if digest not in self._cache:
            body = (self._folder / f"{digest}.json").read_bytes()
            self._cache[digest] = msgspec.json.decode(body, type=dict[str, str])
        return self._cache[digest]

    @property
    def in_memory(self) -> frozenset[str]:
        """Digests that were used since this daemon began."""
        return frozenset(self._cache)

    def keep_only(self, digests: set[str]) -> None:
        """Delete the environments that no service and no saved list needs."""
        for path in self._folder.glob("*.json"):
            if path.stem not in digests:
                path.unlink(missing_ok=True)
                self._cache.pop(path.stem, None)

    def _load_key(self) -> bytes:
        path = self._folder / "key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            key = secrets.token_bytes(32)
            files.write_atomically(path, key)
            return key


def with_digests(spec: Spec, environments: Environments) -> Spec:
    """Move the environment values of a definition to their store."""
    return msgspec.structs.replace(spec, env={}, env_digest=environments.put(spec.env))
