"""The ten games, in the paper's order: one game, one file."""

from gtbench.registry import Pack

PACK = Pack(
    games={
        "tic_tac_toe": "gtbench_games.tic_tac_toe:TicTacToe",
        "connect_four": "gtbench_games.connect_four:ConnectFour",
        "breakthrough": "gtbench_games.breakthrough:Breakthrough",
        "nim": "gtbench_games.nim:Nim",
        "kuhn_poker": "gtbench_games.kuhn_poker:KuhnPoker",
        "liars_dice": "gtbench_games.liars_dice:LiarsDice",
        "blind_auction": "gtbench_games.blind_auction:BlindAuction",
        "negotiation": "gtbench_games.negotiation:Negotiation",
        "pig": "gtbench_games.pig:Pig",
        "prisoners_dilemma": "gtbench_games.prisoners_dilemma:PrisonersDilemma",
    }
)
