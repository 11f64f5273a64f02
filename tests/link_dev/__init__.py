"""Tests of the development stack: hosts, outbox, faults, trace, the command, the harness page."""
