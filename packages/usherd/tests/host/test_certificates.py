"""Which certificates are an app's own."""

from pathlib import Path

import pytest

from usher.host.certificates import certificates


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        ("TLS_CERT", True),
        ("SSL_CERT_PATH", True),
        ("API_SSL_CERTIFICATE", True),
        ("SSL_CERT_FILE", False),
        ("SSL_CERT_DIR", False),
        ("NIX_SSL_CERT_FILE", False),
        ("CERTAINTY", False),
    ],
)
def test_what_a_program_trusts_is_not_its_own(tmp_path: Path, name: str, is_own: bool) -> None:
    found = certificates(["x"], "/", {name: str(tmp_path / "x.pem")})
    assert [each.named_by for each in found] == ([name] if is_own else [])
