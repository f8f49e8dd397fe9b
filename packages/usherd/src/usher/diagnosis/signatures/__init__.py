"""What known faults look like in a log, one file a subject; `catalogue.py` gathers them."""
