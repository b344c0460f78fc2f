"""How many turns each match of a log has taken."""

from gtbench import RunLog


def report(log: RunLog) -> list[int]:
    """The turns of each match."""
    return [len(match.turns) for match in log.matches()]
