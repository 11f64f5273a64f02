"""The SQL database."""
