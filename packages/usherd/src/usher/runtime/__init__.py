"""The hands of the daemon: it performs what the policy decided and reports what it sees."""
