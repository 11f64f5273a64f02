"""Ways to bring a code to its contact (design section 9): `console`, `webhook`, `smtp`."""
