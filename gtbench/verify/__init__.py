"""Verification of a run log: each match is found again from its deal and its replies, and compared."""
