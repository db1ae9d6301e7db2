"""Alembic's scripts; `hubmend.store.schema` runs them when a store is opened."""
