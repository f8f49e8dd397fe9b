"""What the benchmark beside other process managers is built from; `benchmarks/peers.py` runs it."""
