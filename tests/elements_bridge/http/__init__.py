"""Routes, headers, bodies and pages of the bridge."""
