"""Agents that ask a language model, and baselines that need none."""

from gtbench.registry import Pack

PACK = Pack(
    agents={
        "always_cooperate": "gtbench_agents.dilemma:AlwaysCooperate",
        "always_defect": "gtbench_agents.dilemma:AlwaysDefect",
        "clairvoyant_mcts": "gtbench_agents.clairvoyant_mcts:ClairvoyantMcts",  # cheats, as the paper's
        "cot": "gtbench_agents.cot:ChainOfThought",
        "extortion": "gtbench_agents.dilemma:Extortion",
        "generous_tit_for_tat": "gtbench_agents.dilemma:GenerousTitForTat",
        "greedy": "gtbench_agents.greedy:Greedy",
        "grim": "gtbench_agents.dilemma:Grim",
        "human": "gtbench_agents.human:Human",
        "mcts": "gtbench_agents.mcts:Mcts",
        "optimal": "gtbench_agents.optimal:Optimal",
        "pavlov": "gtbench_agents.dilemma:Pavlov",
        "prompt": "gtbench_agents.prompt:Prompt",
        "random": "gtbench_agents.random:Random",
        "self_consistency": "gtbench_agents.self_consistency:SelfConsistency",
        "threshold": "gtbench_agents.threshold:Threshold",
        "tit_for_tat": "gtbench_agents.dilemma:TitForTat",
        "tot": "gtbench_agents.tree_of_thoughts:TreeOfThoughts",
    }
)
