"""What is known of a decision and of the words before it."""
