"""Drills: faults that usher brings about in an app of its own, to show that it mends them.

`faults` says which there are and how a result is judged, `layout` what runs meanwhile, `like` with
whose settings, `measured` what an incident says of a fault; these are pure. `site` is a place for
one drill, which `clearing` takes away, `app` the program in it, `course` what happens there, and
`records` keeps what was measured.
"""
