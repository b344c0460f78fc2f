"""The judge: what must hold of every game and of every agent, ours or a plug-in's, checked by machine.

gtbench.check.check_game("kuhn_poker")             raises CheckFailed with the position that is wrong
gtbench check my_game                              the same from the command line
"""

from gtbench.check.games import check_game
from gtbench.check.sample import Finding

__all__ = ["Finding", "check_game"]
