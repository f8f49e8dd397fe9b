"""One file a subject: the codes of what can be found there, and the rule that finds it."""
