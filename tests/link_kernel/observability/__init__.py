"""Tests of what an operator sees: log lines, security events, metrics."""
