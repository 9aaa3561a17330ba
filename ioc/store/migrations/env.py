"""Runs migrations on the connection it is given, inside the transaction that is open on it."""

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    version_table=config.attributes["version_table"],
    transactional_ddl=False,
)
context.run_migrations()
