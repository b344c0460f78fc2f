"""The ten games: one game, one file."""
