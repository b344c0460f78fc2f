"""Asks for the move and nothing else."""

from __future__ import annotations

from gtbench_agents.skeleton import Strategy


class Prompt(Strategy):
    """Asks for the move and nothing else; options as for `Strategy`."""
