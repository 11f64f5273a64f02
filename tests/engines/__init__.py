"""Three engines, in three modes each, play the scenarios of the harness: `make engines`."""
