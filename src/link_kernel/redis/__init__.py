"""The Redis connection, the loading of Lua scripts, and the names of all Redis keys."""
