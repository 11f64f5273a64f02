"""Alembic's entry: runs the revisions on the connection that `database` hands over."""

from alembic import context


def run() -> None:
    """Bring the database to the asked revision in one transaction."""
    context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
