"""Whether something may start here, now: pure judgements over facts that others gathered.

Each judgement stands in a file of its own, beside the codes of what it can find; `catalogue`
collects them for messages, documentation and `--force`.
"""
