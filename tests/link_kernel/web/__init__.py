"""HTTP as both services speak it."""
