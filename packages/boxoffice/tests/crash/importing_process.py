"""Imports without end, in a process that a test kills: `importing_process.py <code> <title>`.

Everything is loaded once. A line on standard input (the database's URL and a seed) starts an
importer, whose pid is the answer; when it has ended, its status is the next line.
"""

import os
import random
import sys
from datetime import UTC, datetime

from boxoffice.db.engine import create_engine
from boxoffice.db.transactions import LOCAL
from boxoffice.ingest import UploadRequest, upload
from boxoffice.ingest.previews import commit, preview
from boxoffice.testing import EDGE_AS_OF, edge_cases

CASES = ("good", "older_date", "time_text", "text_number")
DAYS = ("20250617", "20250616", "20250615")


def imports(url: str, seed: str, code: str, title: str) -> None:
    """Now an upload, now a preview with its commit; the first day most of the time."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    contents = [case.file.content for case in edge_cases() if case.name in CASES]
    engine = create_engine(url)
    while True:
        day = chance.choices(DAYS, (4, 1, 1))[0]
        request = UploadRequest(f"{day}_{code}_{title}.xlsx", chance.choice(contents))
        if chance.random() < 0.5:
            upload(engine, request, as_of=EDGE_AS_OF, actor=LOCAL)
        else:
            now = datetime.now(UTC)
            seen = preview(engine, request, as_of=EDGE_AS_OF, actor=LOCAL, now=now)
            commit(engine, seen.id, actor=LOCAL, now=now)


def main() -> None:
    """Start one importer after the other, as asked."""
    edge_cases()
    for line in sys.stdin:
        url, seed = line.split()
        pid = os.fork()
        if pid == 0:
            imports(url, seed, *sys.argv[1:])
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
