"""What happened, from what was seen: pure judgements over log lines, exits and measures."""
