"""An uploaded file becomes a snapshot, in one transaction, or nothing changes but the audit.

`upload` is the whole way; `performances` decides which performance is meant, `store` writes,
`report` holds the two answers.
"""

from boxoffice.ingest.report import UploadRefusedError, UploadReport
from boxoffice.ingest.upload import UploadRequest, upload

__all__ = ["UploadRefusedError", "UploadReport", "UploadRequest", "upload"]
