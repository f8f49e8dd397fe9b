"""Configuration files to usher.model.spec.Plan, through one schema. `load` is the way in.

bytes -> `document` (a tree, with lines; programs are run apart, in `javascript`) -> usher's form:
`native`, `build`; PM2's form: the package `pm2`. Both are held by `check` against `schema`, and
`review` collects what is found.
"""
