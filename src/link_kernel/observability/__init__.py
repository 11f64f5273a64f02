"""What an operator sees of a service: log lines, security events, metrics."""
