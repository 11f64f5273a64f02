"""The texts of Lua scripts."""
