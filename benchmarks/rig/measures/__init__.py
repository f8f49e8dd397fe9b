"""The measurements, one a file. Each runs all managers turn by turn and returns its figures."""
