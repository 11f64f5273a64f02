"""Alembic's entry point: runs the migrations on the connection of `database.startup`."""

from alembic import context


def run() -> None:
    """Migrate the database to the target revision in one transaction."""
    context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
