"""The keeper: parent of every service. Mechanism only; it never decides.

It imports nothing but itself and the standard library, so that it stays small
(about 10 MiB) and has little that can fail.
"""
