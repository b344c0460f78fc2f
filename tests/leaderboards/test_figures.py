"""Every figure in a table of the terminal or of the site is that of its column."""

from __future__ import annotations

import ast
import re
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import figures
import pytest
from command import gtbench
from figures import TERMINAL, Table, of_index, printed
from jinja2 import Template
from page import Page
from swaps import Kinds, kinds_of, parts_of, swapped_in, swapped_in_part, swaps, used_in, used_in_part

from gtbench import cli, registry
from gtbench.cli import telling
from gtbench.log import read as store
from gtbench.log.read import RunLog
from gtbench.records import Call, Grade
from gtbench_leaderboards.errors.calibration import Calibration
from gtbench_leaderboards.errors.comparison import Comparison
from gtbench_leaderboards.errors.profile import Profile
from gtbench_leaderboards.errors.rates import ErrorRate
from gtbench_leaderboards.judges.agreement import Agreement
from gtbench_leaderboards.judges.judged import Judged
from gtbench_leaderboards.play.exploitability import Exploitability
from gtbench_leaderboards.ratings.outcomes import OutcomeRow
from gtbench_leaderboards.ratings.standings import Standing
from gtbench_leaderboards.site import build as site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence, Sized

Logs = dict[str, RunLog]

MATCH = 30
"""One that has grades, and whose agents differ in their rewards."""


@pytest.fixture(scope="module", autouse=True)
def _each_report_is_made_once() -> Iterator[None]:
    """By the verb or by the test, whichever comes first: to resample deals takes nearly all of the time."""
    load, made = registry.load, dict[Any, Any]()

    def remembered(kind: str, name: str) -> Any:
        report: Callable[..., Any] = load(kind, name)

        def once(log: RunLog, *options: str) -> Any:
            key = name, log.path.resolve(), options or ("game",)
            if key not in made:
                made[key] = report(log, *options)
            return made[key]

        return once if kind == "reports" and name != "site" else report

    def pages(name: str) -> Callable[..., Any]:
        report: Callable[..., Any] = getattr(site, name)

        def once(*given: Sized) -> Any:
            key = name, *map(len, given)  # of the one log that there are pages of, with its grades or without
            if key not in made:
                made[key] = report(*given)
            return made[key]

        return once

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "load", remembered)
        for name in ("standings", "profile", "errors"):
            once = pages(name)
            patch.setattr(site, name, once)
            patch.setattr(figures, name, once)
        yield


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    folder = tmp_path_factory.mktemp("figures")
    asked = figures.asked_log(folder / "asked.gtbench")
    made = figures.made_log(folder / "made.gtbench")
    return {name: asked if name == "exploitability" else made for name in (*TERMINAL, "turns")}


def shown(name: str, log: RunLog) -> str:
    words, _ = TERMINAL[name]
    done = gtbench(*(log.path.name if word == "LOG" else word for word in words), cwd=log.path.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check(name: str, log: RunLog) -> None:
    _, expected = TERMINAL[name]
    assert printed(shown(name, log)) == expected(log)


@pytest.mark.parametrize("name", TERMINAL)
def test_each_printed_figure_is_that_of_its_column(name: str, logs: Logs) -> None:
    check(name, logs[name])


class Tables(Page):
    """A page with its tables, each as its lines of cells."""

    def __init__(self, path: Path) -> None:
        self.tables: list[list[list[str]]] = []
        super().__init__(path)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if {"td", "th"} & set(self._open):
            self.tables[-1][-1][-1] += data


def check_index(log: RunLog) -> None:
    assert Tables(site.write_site(log, log.path.parent / "site")).tables == of_index(log)


def told(log: RunLog) -> tuple[Sequence[tuple[str, ...]], Sequence[tuple[str, ...]]]:
    """What must be told of each call and each grade of a match."""
    calls = [
        (
            f"temperature={call.settings['temperature']}",
            str(call.input_tokens),
            (call.served_by or call.model) + (f" at {call.endpoint}" if call.endpoint else ""),
            str(call.output_tokens),
            f"{call.seconds:.1f}",
            call.reason,
        )
        for call in log.match(MATCH).calls
    ]
    grades = [
        (f"{grade.regret:.3g}", f"{grade.stake:.3g}", f"{grade.value:+.3g}")
        for grade in log.grades()[MATCH]
        if grade.regret is not None
    ]
    assert len({call[2] for call in calls}) > 2
    assert len({call[-1] for call in calls}) == 2
    assert len(set(grades)) > 2
    return calls, grades


def wrong(log: RunLog) -> list[Grade]:
    """The grades of a match that say of an error what would have been best, and some what it is called."""
    grades = [grade for grade in log.grades()[MATCH] if grade.error]
    assert len([grade for grade in grades if grade.labels]) > 1
    return grades


def page_source(folder: Path) -> str:
    return (folder / f"match-{MATCH}.html").read_text(encoding="utf-8")


def check_page(log: RunLog) -> None:
    folder, match, (calls, grades) = log.path.parent / "site", log.match(MATCH), told(log)
    site.write_site(log, folder, endpoints=True)
    page = Tables(folder / f"match-{MATCH}.html")
    assert page.tables == [[
        ["seat", "agent", "reward"],
        *([f"player_{seat}", f"{match.agents[seat]}\n", f"{match.rewards[seat]:g}"] for seat in (0, 1)),
    ]]  # fmt: skip
    text = " ".join(page.text.split())
    assert f"Deal {match.deal}." in text
    told_of_calls = re.findall(
        r"settings, (\d+) tokens settings(\S+) answer of (.+?), (\d+) tokens, (\S+) s "
        r"(?:the server would not answer: (.+?) )?reply,",
        text,
    )
    assert [(settings, read, *rest) for read, settings, *rest in told_of_calls] == calls
    assert re.findall(r"Regret (\S+), at stake (\S+); worth (\S+) with", text) == grades
    assert re.findall(r"Best: (.+?)\.", text) == [", ".join(grade.best) for grade in wrong(log)]
    assert re.findall(r'"fault">Error of play: (.+)</p>', page_source(folder)) == [
        ", ".join(grade.labels) for grade in wrong(log) if grade.labels
    ]


def check_replay(log: RunLog) -> None:
    match, (calls, grades) = log.match(MATCH), told(log)
    text = gtbench("replay", log.path.name, str(MATCH), cwd=log.path.parent).stdout
    assert f"Match {MATCH}: {match.game}, deal {match.deal}\n" in text
    told_of_calls = re.findall(
        r"settings: (\S+)\n-- answer of (.+): (\d+) tokens in, (\d+) out, (\S+) s\n"
        r"(?:-- the server would not answer: (.+)\n)?-- reply,",
        text,
    )
    assert [(settings, read, who, *rest) for settings, who, read, *rest in told_of_calls] == calls
    assert re.findall(r"regret (\S+), at stake (\S+); the position is worth (\S+) with", text) == grades
    assert re.findall(r"-- best: (.+)\n", text) == [", ".join(grade.best) for grade in wrong(log)]
    errors = [label for grade in wrong(log) for label in grade.labels]
    assert re.findall(r"-- error of play: (.+)\n", text) == errors
    assert re.findall(r"player_\d: (\S+)\n", text) == [f"{reward:g}" for reward in match.rewards]


def test_each_figure_of_the_sites_tables_is_that_of_its_column(logs: Logs) -> None:
    check_index(logs["standings"])


@pytest.mark.parametrize("check", [check_page, check_replay])
def test_what_is_told_of_a_turn_has_its_own_figures(check: Callable[[RunLog], None], logs: Logs) -> None:
    check(logs["turns"])


# Each field that is shown, swapped for another one of the same kind.

MATCHED: Kinds = (("number", "deal"), ("turns", "faults"))
CODE: list[tuple[str, Callable[..., object], str, Kinds]] = [
    ("standings", cli.report.standings, "row", kinds_of(Standing)),
    ("matches", cli.report.matches, "match", MATCHED),
    ("profile", cli.profiles._print_faults, "row", kinds_of(Profile)),
    ("profile", cli.profiles._print_play, "row", kinds_of(Profile)),
    ("profile", cli.profiles._print_pool, "row", kinds_of(Profile)),
    ("profile", cli.profiles._print_errors, "row", kinds_of(ErrorRate)),
    ("profile", cli.profiles._print_outcomes, "row", kinds_of(OutcomeRow)),
    ("profile", cli.profiles._print_calibration, "row", kinds_of(Calibration)),
    ("comparison", cli.profiles._print_comparison, "row", kinds_of(Comparison)),
    ("judges", cli.judges._print_said, "row", kinds_of(Judged)),
    ("judges", cli.judges._print_agreed, "row", kinds_of(Agreement)),
    ("exploitability", cli.policies._print, "row", kinds_of(Exploitability)),
    ("games", cli.games.games, "found", (("title", "engine_type", "paper_class", "abilities"),)),
    ("turns", telling._served, "call", kinds_of(Call)),
    ("turns", telling._graded, "grade", kinds_of(Grade)),
]
"""The code of every table, by the tables that it draws, with the variable that is shown there."""

PAGES: list[tuple[str, int, str, Kinds]] = [
    ("index.html", 1, "row", kinds_of(Standing)),
    ("index.html", 2, "row", kinds_of(Profile)),
    ("index.html", 3, "row", kinds_of(Profile)),
    ("index.html", 4, "row", kinds_of(ErrorRate)),
    ("index.html", 5, "match", MATCHED),
    ("part.html", 0, "call", kinds_of(Call)),
    ("part.html", 0, "grade", kinds_of(Grade)),
]
"""The tables of every page, by their places in its template; after the last one stands what follows it."""


def test_every_table_is_among_these() -> None:
    """But for one whose columns are moves, and one of words that `test_cli` looks at."""
    drawing = {
        node.name
        for path in Path(cli.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and any("new_table(" in ast.unparse(line) for line in node.body)
    }
    listed = {function.__name__ for name, function, *_ in CODE if name != "turns"}
    assert drawing == {"_print_policy", "list_providers"} | listed
    tables = [place for name, place, *_ in PAGES if name == "index.html"]
    assert tables == list(range(1, len(parts_of("index.html"))))


@pytest.fixture
def quick(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read each log once, and draw nothing that is not looked at."""
    for name in ("matches", "match", "grades", "judgements", "voids", "pairings"):
        monkeypatch.setattr(RunLog, name, cache(getattr(RunLog, name)))
    opened = {log.path.name: log for log in logs.values()}
    monkeypatch.setattr(store, "open_log", lambda path: opened[path.name])


@contextmanager
def only(name: str) -> Iterator[None]:
    """Render one page of the site alone."""
    render = Template.render

    def rendered(page: Template, **given: Any) -> str:
        wanted = page.name == name and (name == "index.html" or given["match"].number == MATCH)
        return render(page, **given) if wanted else site.MARK

    with mock.patch.object(Template, "render", rendered):
        yield


def drawn(name: str, log: RunLog) -> list[Table]:
    """The tables of a verb before they are printed, which takes longest."""
    tables: list[Any] = []
    with ExitStack() as stack:
        for module in (cli.games, cli.judges, cli.policies, cli.profiles, cli.report):
            stack.enter_context(mock.patch.object(module, "print_table", tables.append))
        shown(name, log)
    lines = [
        zip(*([column.header, *column.cells] for column in each.columns), strict=True) for each in tables
    ]
    return [Table(each.title, [*map(list, its)]) for each, its in zip(tables, lines, strict=True)]


def survives(check: Callable[[], object]) -> bool:
    """Whether a check holds; a swap that makes the code fail is noticed, too."""
    try:
        check()
    except Exception:  # noqa: BLE001
        return False
    return True


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("name", "function", "row", "kinds"), CODE, ids=[code[1].__name__ for code in CODE])
def test_a_column_of_the_terminal_that_shows_another_figure_is_noticed(
    name: str, function: Any, row: str, kinds: Kinds, logs: Logs
) -> None:
    log = logs[name]
    expected = [] if name == "turns" else TERMINAL[name][1](log)

    def check() -> None:
        if name == "turns":
            check_replay(log)
        else:
            assert drawn(name, log) == expected

    check()
    made = swaps(used_in(function, row), kinds)
    assert len(made) > 1

    def unnoticed(swap: Any) -> bool:
        with swapped_in(function, row, swap):
            return survives(check)

    assert [swap for swap in made if unnoticed(swap)] == []
    check()


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("page", "place", "row", "kinds"), PAGES, ids=[f"{p[0]}-{p[1]}-{p[2]}" for p in PAGES]
)
def test_a_figure_of_the_site_that_shows_another_is_noticed(
    page: str, place: int, row: str, kinds: Kinds, logs: Logs
) -> None:
    check = check_index if page == "index.html" else check_page
    made = swaps(used_in_part(parts_of(page)[place], row, kinds), kinds)
    assert len(made) > 1

    def unnoticed(swap: Any) -> bool:
        with swapped_in_part(page, place, row, swap):
            return survives(lambda: check(logs["turns"]))

    with only("index.html" if page == "index.html" else "match.html"):
        check(logs["turns"])
        assert [swap for swap in made if unnoticed(swap)] == []
        check(logs["turns"])
