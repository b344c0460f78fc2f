"""How plain sentences speak of each game's positions, a file a game."""
