"""What LLM judges say, and how far they agree."""
