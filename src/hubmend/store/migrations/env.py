"""How Alembic runs the migrations: on the connection, and in the transaction, it is handed."""

from alembic import context

from hubmend.store.schema import VERSION_TABLE
from hubmend.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
