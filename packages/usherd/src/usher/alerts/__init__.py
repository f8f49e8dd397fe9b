"""What people are told of, when, and in which words: one way for findings and incidents. Pure."""
