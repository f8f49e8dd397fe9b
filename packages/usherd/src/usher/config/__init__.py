"""Configuration files (TOML, JSON, YAML) to usher.model.spec.Plan, through one schema.

bytes -> `document` (a tree, with lines) -> `check` against `schema` (all findings) -> `build`
(defaults, paths, programs) -> Plan. `load` is the way in.
"""
