"""What every benchmark stands on: processes, load, rounds, figures and the table."""
