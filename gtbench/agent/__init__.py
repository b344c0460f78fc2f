"""What plays: agents by name, their options and code, how one is asked for a move."""
