"""Plain sentences before a move: cut into clauses, and each compared with what a position is."""
