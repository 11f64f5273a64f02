"""The words of messages with codes, one file for each language."""
