"""Real Redis and PostgreSQL processes on free ports, which end with their parent."""
