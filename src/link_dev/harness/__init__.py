"""What the harness serves beside the two services: pages, faults, trace, outbox."""
