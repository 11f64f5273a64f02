"""Finds or installs the programs that tests need; `make test` runs these first."""
