"""Which changes of a contract are breaking."""
