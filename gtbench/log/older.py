"""Tables of older formats that today's have other columns than, as their files define them."""

from __future__ import annotations

FORMAT_7 = {
    "names": "(code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    "results": (
        "(match INTEGER, seat INTEGER, game INTEGER, agent INTEGER, opponent INTEGER, deal INTEGER, pair "
        "INTEGER, zero_sum INTEGER, low REAL, high REAL, weight REAL, reward REAL, opponent_reward REAL, "
        "termination INTEGER, forfeited INTEGER, decisions INTEGER, faults INTEGER, faults_by_kind "
        "INTEGER, calls INTEGER, replayed INTEGER, input_tokens INTEGER, cached_tokens INTEGER, "
        "output_tokens INTEGER, reasoning_tokens INTEGER, retries INTEGER, cost REAL, seconds REAL, sent "
        "INTEGER, sent_failed INTEGER, sent_tokens INTEGER, sent_cost REAL, unpriced INTEGER, luck REAL, "
        "PRIMARY KEY (match, seat)) STRICT, WITHOUT ROWID"
    ),
    "decisions": (
        "(match INTEGER, turn INTEGER, seat INTEGER, game INTEGER, agent INTEGER, opponent INTEGER, deal "
        "INTEGER, information_set INTEGER, action INTEGER, attempts INTEGER, faults INTEGER, forfeited "
        "INTEGER, confidence REAL, calls INTEGER, input_tokens INTEGER, output_tokens INTEGER, cost REAL, "
        "seconds REAL, status INTEGER, phase INTEGER, legal_moves INTEGER, value REAL, after REAL, regret "
        "REAL, stake REAL, error INTEGER, exact INTEGER, labels INTEGER, slips INTEGER, best TEXT, "
        "action_values BLOB, PRIMARY KEY (match, turn)) STRICT, WITHOUT ROWID"
    ),
}
"""The columns of format 7, which are counted anew."""

OLDER = {7: FORMAT_7}
"""By format, the tables that it has in place of today's."""
