# One command a chore. `just --list` shows them.

# Install everything for work on the code
setup:
    uv sync --group lint --group browser

# Format, lint, types, architecture
check:
    uv run ruff format --check
    uv run ruff check
    uv run basedpyright
    uv run lint-imports

# All tests that need nothing but Python
test *arguments:
    uv run pytest {{ arguments }}

# Half an hour of random faults on six services, on the daemon and on the keeper
chaos minutes="30" *arguments:
    uv run python -m tests.chaos --minutes {{ minutes }} {{ arguments }}

# What CI does twice or for a short time, in full: about two hours on a quiet machine
soak:
    uv run python -m tests.chaos --minutes 30
    uv run python -m benchmarks.recovery --write
    USHER_TEST_KILLS=30 USHER_TEST_SINGLE_POOL_SECONDS=300 USHER_EXAMPLES=2000 uv run pytest --debian packages/usherd/tests/process packages/usherd/tests/property packages/usherd/tests/node

# What runs before a change lands
ci:
    .ci/run

# Put generated documents (diagrams, command help) back in step with the code
docs:
    uv run python tools/gen_checks_reference.py
    uv run python tools/gen_state_diagram.py
    uv run python tools/gen_events_reference.py
    uv run python tools/gen_view_lineage.py
    uv run python tools/gen_metrics_reference.py
    uv run python tools/gen_http_reference.py
    uv run python tools/gen_boxoffice_routes.py

# Start database, web server and demo season under usher
demo:
    uv run usher start

# Measure us beside PM2 and supervisor
bench:
    uv run python benchmarks/peers.py
