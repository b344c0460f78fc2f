"""From a run log to what is published: standings, error profiles and the site."""

from gtbench.registry import Pack

PACK = Pack(
    reports={
        "standings": "gtbench_leaderboards.ratings.standings:report",
        "head_to_head": "gtbench_leaderboards.ratings.head_to_head:report",
        "strengths": "gtbench_leaderboards.ratings.bradley_terry:report",
        "skill": "gtbench_leaderboards.ratings.skill:report",
        "cost": "gtbench_leaderboards.ratings.cost:report",
        "mix": "gtbench_leaderboards.ratings.mix:report",
        "robustness": "gtbench_leaderboards.ratings.robustness:report",
        "plan": "gtbench_leaderboards.ratings.plan:report",
        "compare": "gtbench_leaderboards.errors.comparison:report",
        "profile": "gtbench_leaderboards.errors.profile:report",
        "errors": "gtbench_leaderboards.errors.rates:report",
        "exploitability": "gtbench_leaderboards.play.exploitability:report",
        "policy": "gtbench_leaderboards.play.policy:report",
        "pooled": "gtbench_leaderboards.play.pooled:report",
        "general_sum": "gtbench_leaderboards.ratings.general_sum:report",
        "calibration": "gtbench_leaderboards.errors.calibration:report",
        "judged": "gtbench_leaderboards.judges.judged:report",
        "agreement": "gtbench_leaderboards.judges.agreement:report",
        "matches": "gtbench_leaderboards.data.matches:report",
    },
    formats={
        "text": "gtbench_leaderboards.show.text:render",
        "md": "gtbench_leaderboards.show.markdown:render",
        "latex": "gtbench_leaderboards.show.latex:render",
        "csv": "gtbench_leaderboards.show.values:as_csv",
        "json": "gtbench_leaderboards.show.values:as_json",
    },
    sites={"site": "gtbench_leaderboards.site.build:write_site"},
)
