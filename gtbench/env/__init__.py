"""PettingZoo environments, and their registration."""
