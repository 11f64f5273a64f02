"""Everything at once: hosts, outbox, faults, trace, the command and the harness page."""
