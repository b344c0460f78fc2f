"""The same games in other words: one skin, one file."""
