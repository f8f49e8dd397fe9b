"""Decisions of usher: pure functions from (world, event, now) to (world, actions).

Nothing here reads a clock, does I/O or draws random numbers; `step.py` opens with the theory.
"""
