"""What agents do wrong, and how often."""
