"""The database's revisions; `database.open_database` runs them."""
