"""The Link API: real Redis, real SQLite, real HTTP."""
