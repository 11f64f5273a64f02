"""Development servers beside the two services: harness pages, fault injection, trace, outbox."""
