"""An LLM judge of the reasoning in a log."""
