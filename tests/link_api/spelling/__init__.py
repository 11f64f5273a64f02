"""Phone numbers and e-mail addresses in their one spelling."""
