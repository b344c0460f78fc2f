"""What the brackets around best responses are resampled with; every other interval is a jackknife's.

What a best response earns is not smooth in what was seen, so that leaving out one deal at a time says little
of it. `gtbench_leaderboards.play.pool` and `gtbench_leaderboards.play.exploitability` draw deals again
instead (Efron, 1979; D. Rubin, 1981), and each says how.
"""

from __future__ import annotations

SEED = 20241202
"""Fixed, so that the same log always gives the same intervals."""
FEWEST = 10
"""With fewer deals, or samples, the interval is left out."""
