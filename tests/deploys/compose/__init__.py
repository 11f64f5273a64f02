"""deploy/compose.yaml and the secrets it reads, checked and started piece by piece."""
