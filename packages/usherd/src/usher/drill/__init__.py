"""Drills: faults that usher brings about in an app of its own, to show that it mends them.

`faults` says which there are and what is promised of each, `judged` whether that came true; both
are pure. `site` is a home for the time of one drill, `app` the program in it, `course` what happens
there, and `records` keeps what was measured.
"""
