"""The SQL database: its URL and engine, sessions, start and migrations, the queue of writers."""
