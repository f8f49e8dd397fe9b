"""What went wrong, as one story: opened and closed by events, told in a report. Pure."""
