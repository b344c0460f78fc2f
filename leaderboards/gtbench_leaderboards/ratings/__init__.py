"""How well agents play."""
