"""How any report is shown: each module renders reports, and knows none."""
