"""TLS."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

SIGNATURES: Final = (
    Signature(
        "tls.self_signed",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern="DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|self[- ]signed certificate",
        place="app log",
        cause="Untrusted CA",
        collect="Issuer/subject",
        remedy="Add CA",
        example="Error: self-signed certificate",
        benign="certificate signed by Example CA, valid for 61 days",
    ),
    Signature(
        "tls.untrusted_chain",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
            "|unable to (?:verify the first certificate|get local issuer certificate)"
        ),
        place="app log",
        cause="Missing intermediate/CA",
        collect="Chain",
        remedy="Fix chain",
        example="Error: unable to verify the first certificate",
        benign="verified the first certificate of the chain",
        provoked=False,
    ),
    Signature(
        "tls.expired",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern="CERT_HAS_EXPIRED|certificate has expired",
        place="app log",
        cause="Renewal failed",
        collect="notAfter",
        remedy="Renew",
        example="Error: certificate has expired",
        benign="certificate expires in 61 days",
    ),
    Signature(
        "tls.hostname",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames|Hostname mismatch"
        ),
        place="app log",
        cause="Wrong host",
        collect="SAN list",
        remedy="Fix host/cert",
        example=(
            "Error: Hostname/IP does not match certificate's altnames: Host: localhost. is "
            "not cert's CN: wrong.example"
        ),
        benign="hostname shop.example matches its certificate",
    ),
    Signature(
        "tls.wrong_protocol",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r"SSL[^\n]{0,120}wrong version number|WRONG_VERSION_NUMBER|\bEPROTO\b"
            "|packet length too long"
        ),
        place="app log",
        cause="TLS client to plain port or wss to ws",
        collect="Scheme vs port",
        remedy="Fix scheme",
        example="write EPROTO 0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number",
        benign="file has version number 3, expected 3",
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
