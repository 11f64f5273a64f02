"""A plain Chromium, the visitor who uses it, the shop that is visited, and the attacker."""
