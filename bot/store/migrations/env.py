"""Run by Alembic for each migration, on the connection that `bot.store.migrate` has opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
