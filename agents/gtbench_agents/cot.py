"""Chain of thought: reasoning step by step, then the move (Wei et al., 2022; Kojima et al., 2022)."""

from __future__ import annotations

from gtbench_agents.skeleton import Strategy


class ChainOfThought(Strategy):
    """Asks for reasoning step by step, then the move; options as for `Strategy`."""

    reasons = True
