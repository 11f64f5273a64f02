"""The development stack: both services, a real Redis and the harness in one process.

cli, stack, testing   `link-dev`, what it runs, and the pytest plugin for other projects
embedded              real Redis and PostgreSQL processes that end with their parent
harness               the pages of the shops, faults on demand, the trace, the outbox
testkit               clients and keys that `testing` hands to tests
"""
