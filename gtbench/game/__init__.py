"""A game in words: the engine, what a seat reads, moves and their names, luck, exact knowledge."""
