"""People: who they are, what they may do, and how a request proves to come from one of them.

`rights` and `passwords` decide without a database; the others keep what was decided.
"""
