"""From a run log to what is published: standings, error profiles and the site."""

from gtbench.registry import Pack

PACK = Pack(
    reports={
        "standings": "gtbench_leaderboards.ratings.standings:report",
        "profile": "gtbench_leaderboards.errors.profile:report",
        "errors": "gtbench_leaderboards.errors.rates:report",
        "calibration": "gtbench_leaderboards.errors.calibration:report",
        "outcomes": "gtbench_leaderboards.ratings.outcomes:report",
        "comparison": "gtbench_leaderboards.errors.comparison:report",
        "exploitability": "gtbench_leaderboards.play.exploitability:report",
        "judged": "gtbench_leaderboards.judges.judged:report",
        "agreement": "gtbench_leaderboards.judges.agreement:report",
        "pooled": "gtbench_leaderboards.play.pooled:report",
        "site": "gtbench_leaderboards.site.build:write_site",
    }
)
