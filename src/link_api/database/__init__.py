"""The SQL database: its URL and engine, sessions, start and migrations, locks of writers."""
