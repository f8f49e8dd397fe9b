"""Measures boxoffice at 1, 100 and 1,000 times a season, beside the plain way to do the same."""
