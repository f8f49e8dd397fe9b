"""What a path means in a folder, and that nothing outside of it is ever meant."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usher.serve.site import File, Folder, Missing, Moved, find, names_in


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a bit of everything; a secret lies beside it."""
    base = tmp_path_factory.mktemp("site").resolve()
    (base / "secret.txt").write_text("no")
    root = base / "root"
    for folder in ("sub", "shop", ".git", ".well-known"):
        (root / folder).mkdir(parents=True)
    for name in (
        "index.html",
        "a b.txt",
        "shop/index.html",
        ".git/config",
        ".well-known/x",
        ".env",
    ):
        (root / name).write_text(name)
    (root / "out").symlink_to(base / "secret.txt")
    (root / "in").symlink_to(root / "a b.txt")
    return root


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "index.html"),
        ("/index.html?x=1#y", "index.html"),
        ("/a%20b.txt", "a b.txt"),
        ("//a%20b.txt", "a b.txt"),
        ("/in", "a b.txt"),
        ("/shop/", "shop/index.html"),
        ("/.well-known/x", ".well-known/x"),
    ],
)
def test_a_file(root: Path, target: str, expected: str) -> None:
    assert find(root, target) == File(root / expected)


@pytest.mark.parametrize(
    "target",
    [
        "/nothing",
        "/index.html/",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/out",
        "/.git/config",
        "/.env",
        "/a%00b",
        "/%ff",
        "/" + "x" * 5000,
    ],
)
def test_nothing_that_may_be_seen(root: Path, target: str) -> None:
    assert find(root, target) == Missing()


def test_folders(root: Path) -> None:
    assert find(root, "/sub?x") == Moved("/sub/")
    assert find(root, "/sub/") == Folder(root / "sub")
    assert names_in(root) == [".well-known/", "a b.txt", "in", "index.html", "out", "shop/", "sub/"]


@settings(max_examples=300)
@given(st.text(alphabet="/.%2eEfF5cwal-knowsecrtxi\\ ?#", max_size=40))
def test_never_outside(root: Path, target: str) -> None:
    match find(root, f"/{target}"):
        case File(path) | Folder(path):
            assert path.is_relative_to(root)
        case _:
            pass
