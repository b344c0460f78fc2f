"""A pack of somebody else's, with one thing of each kind."""

from gtbench.registry import Pack

PACK = Pack(
    games={"noughts": "gtbench_copycat.noughts:Noughts", "hex": "gtbench_copycat.hex:Hex"},
    agents={"copycat": "gtbench_copycat.copycat:Copycat"},
    models={"parrot": "gtbench_copycat.parrot:PROVIDER"},
    reports={"lengths": "gtbench_copycat.lengths:report"},
)
