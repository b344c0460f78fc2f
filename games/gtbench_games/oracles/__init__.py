"""Exact play, a file a game; see `gtbench.game.oracle`."""
