"""Environments and hosts beside each other: names, and never a value (A.3 10, E14)."""

from typing import Any

from usher.guard import env_compare, parity
from usher.guard.env_compare import hashes
from usher.model.facts import AppFacts, HostFacts, TextFile

KEY = b"k" * 16


def test_a3_10_names_are_missing_extra_empty_or_differ() -> None:
    local = {"A": "1", "B": "2", "C": "3", "D": "4"}
    prod = {"B": "2", "C": "x", "D": "", "E": "5"}
    found = env_compare.diff(hashes(local, KEY), hashes(prod, KEY))
    assert [(each.name, each.standing) for each in found] == [
        ("A", "missing"), ("B", "same"), ("C", "differs"), ("D", "empty"), ("E", "extra"),
    ]  # fmt: skip


def test_a_hash_tells_nothing_under_another_key() -> None:
    assert hashes({"P": "hunter2"}, KEY) == hashes({"P": "hunter2"}, KEY)
    assert hashes({"P": "hunter2"}, KEY) != hashes({"P": "hunter2"}, b"j" * 16)


def test_a3_10_what_code_reads_and_documents_say() -> None:
    code = [
        TextFile("a.ts", "const k = process.env.GEMINI_API_KEY;\nprocess.env['DATABASE_URL']"),
        TextFile("b.js", "const { REDIS_URL, PORT: port, MODE_X = 'a' } = process.env"),
        TextFile("c.py", 'os.environ["PY_ONE"], os.getenv("PY_TWO"), os.environ.get("PY_THREE")'),
        TextFile("d.ts", "import.meta.env.VITE_TITLE; process.env.NODE_ENV"),
    ]
    documents = [
        TextFile(".env.example", "GOOGLE_API_KEY=\nREDIS_URL=redis://x\n# note\nPORT=3\n"),
        TextFile("README.md", "`MODE_X`, `PY_ONE` and\n\n- PY_TWO=1\n- `PY_THREE=2` VITE_TITLE"),
    ]
    found = env_compare.lint(code, documents)
    assert [(use.name, use.closest) for use in found.undeclared] == [
        ("DATABASE_URL", ""), ("GEMINI_API_KEY", "GOOGLE_API_KEY"), ("VITE_TITLE", ""),
    ]  # fmt: skip
    assert [(use.name, use.file, use.line) for use in found.unused] == [
        ("GOOGLE_API_KEY", ".env.example", 1)
    ]


def facts(**fields: Any) -> HostFacts:
    app = AppFacts(
        env=hashes({"A": "1"}, KEY),
        ports=(3000,),
        version="1.2.0",
        migrations=("001_a", "002_b"),
        reaches={"DATABASE_URL": "yes"},
    )
    return HostFacts("local", "api", "k1", {"node": "20.2.0"}, {"api": app}, **fields)


def test_e14_two_hosts_differ_in_variables_versions_ports_migrations_and_reach() -> None:
    other = AppFacts(
        env=hashes({"A": "2", "B": "1"}, KEY),
        ports=(5000,),
        version="1.2.1",
        migrations=("001_a",),
        reaches={"DATABASE_URL": "connection refused"},
    )
    prod = HostFacts("prod", "web", "k1", {"node": "18.1.0"}, {"api-prod": other})
    rows = {(row.area, row.name): row.standing for row in parity.compare(facts(), prod)}
    assert rows == {
        ("host", "role"): "differs",
        ("version", "node"): "differs",
        ("env", "A"): "differs",
        ("env", "B"): "extra",
        ("reach", "DATABASE_URL"): "differs",
        ("version", "version"): "differs",
        ("port", "port"): "differs",
        ("migration", "002_b"): "missing",
    }
    assert parity.compare(facts(), facts()) == []


def test_e14_without_a_common_key_values_are_not_compared() -> None:
    apps = {"api": AppFacts(env={"A": "ffff", "B": "eeee"}, reaches={"DATABASE_URL": "yes"})}
    other = HostFacts("prod", "api", "k2", {"node": "20.2.0"}, apps)
    rows = [row for row in parity.compare(facts(), other) if row.area == "env"]
    assert [(row.name, row.standing, row.b) for row in rows] == [("B", "extra", "")]
