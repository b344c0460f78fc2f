"""What a package's __init__.py holds, so that gtbench finds what it brings."""

from gtbench.registry import Pack

PACK = Pack(
    games={"attributes": "my_package.games:Attributes"},
    agents={"cautious": "my_package.agents:Cautious", "first": "my_package.agents:first"},
    models={"echo": "my_package.models:PROVIDER"},
    reports={"forfeits": "my_package.reports:report"},
)
