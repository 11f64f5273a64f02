"""The Redis connection, Lua scripts, and the one place that spells keys."""
