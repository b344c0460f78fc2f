"""`python -m gtbench.cli`, where the console script is not on the path."""

from gtbench.cli import main

main()
