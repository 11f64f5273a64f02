"""The one spelling of each phone number and e-mail address (docs/protocol.md#numbers)."""
