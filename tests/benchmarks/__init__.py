"""Measurements that take minutes, each a program: `uv run python -m tests.benchmarks.NAME`."""
