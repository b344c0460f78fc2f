"""An agent asked for its policy, without matches."""
