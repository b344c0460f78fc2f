"""Agents that ask a language model, and baselines that need none."""
