"""What stands on Redis, run on a real one."""
