"""The checks: what must hold of every game and of every agent, ours or a plug-in's, checked by machine.

gtbench.check.check_game("kuhn_poker")             raises CheckFailed with the position that is wrong
gtbench.check.check_agent("./my_agent.py:Bold")    raises CheckFailed with what it read and answered
gtbench check NAME                                 the same from the command line
"""

from gtbench.check.agents import check_agent
from gtbench.check.games import check_game
from gtbench.check.sample import Property

__all__ = ["Property", "check_agent", "check_game"]
