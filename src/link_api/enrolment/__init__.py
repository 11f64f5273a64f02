"""Enrolment in Link, alone or together with an order (docs/protocol.md#link-api)."""
