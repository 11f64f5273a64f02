"""A day of ten thousand sessions, within minutes: one bridge, Sentinels, lost answers."""
