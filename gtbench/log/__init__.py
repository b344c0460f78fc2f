"""The run log: one SQLite file, read, written and trusted."""
