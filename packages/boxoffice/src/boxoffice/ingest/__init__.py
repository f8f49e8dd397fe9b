"""An uploaded file becomes a snapshot, in one transaction, or nothing changes but the audit.

`upload` is the whole way at once; `previews` is the same with a pause in it, for somebody to look.
Both judge a file (`judging`: its name, its performance, and `reading` in a process of its own),
assess what it changes (`assessment`, `changes`) and import it (`importing`, `store`). `lifecycle`
is what may happen to a snapshot afterwards, `history` what can be read of it.
"""

from boxoffice.ingest.judging import UploadRequest
from boxoffice.ingest.report import UploadRefusedError, UploadReport
from boxoffice.ingest.upload import upload

__all__ = ["UploadRefusedError", "UploadReport", "UploadRequest", "upload"]
