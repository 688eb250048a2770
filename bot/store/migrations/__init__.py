"""Alembic's folder: `env.py`, which `migrate` runs, and one file in `versions` for each change of the schema."""
