"""Test helpers: clients of the services, fake servers, and installers of programs."""
