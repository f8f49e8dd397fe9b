"""Configuration files that are programs: evaluated apart, in Node or in an embedded engine."""
