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
