"""What both services need of HTTP: bodies in, the envelope out, refusals, addresses, serving."""
