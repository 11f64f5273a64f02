"""Helpers of the tests: clients of the services, servers to talk to, programs to install."""
