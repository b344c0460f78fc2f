"""Every figure that is shown, in whatever format, is that of its column."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import figures
import pytest
from command import gtbench
from figures import OF_ANSWERS, OPTIONS, PLAYED, REPORTS, VARIANTS, Table
from jinja2 import Template
from page import Page
from swaps import Kinds, Swap, kinds_of, parts_of, swapped_in, swapped_in_part, swaps, used_in, used_in_part

from gtbench import registry
from gtbench.cli import telling
from gtbench.log import read as store
from gtbench.log.read import RunLog
from gtbench.records import Call, Grade
from gtbench.report import Page as ReportPage
from gtbench.report import Report
from gtbench_leaderboards.site import build as site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Made = dict[str, Report[Any]]

MATCH = 30
"""One that has grades, and whose agents differ in their rewards."""
READERS = {
    "text": figures.of_text,
    "md": figures.of_markdown,
    "latex": figures.of_latex,
}
WIDE = "400"
PIECES = re.compile(r"(?<=[\[\](),;:=@/_])|\s+")
"""Where a line of text may end."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> RunLog:
    return figures.made_log(tmp_path_factory.mktemp("figures") / "made.gtbench")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> RunLog:
    return figures.asked_log(tmp_path_factory.mktemp("asked") / "asked.gtbench")


@pytest.fixture(scope="module", autouse=True)
def reports(log: RunLog, asked: RunLog) -> Iterator[Made]:
    """Each report, which is made once: to resample deals takes nearly all of the time."""
    kept = RunLog.reported
    made = {
        name: kept(asked if name in OF_ANSWERS else log, VARIANTS.get(name, name), **OPTIONS.get(name, {}))
        for name in REPORTS
    }

    def reported(_log: RunLog, name: str, **options: Any) -> Report[Any]:
        return made.get(f"{name} by {options.get('by')}", made[name])

    with mock.patch.object(RunLog, "reported", reported):
        yield made


def run(log: RunLog, asked: RunLog, name: str, *words: str) -> str:
    """What the verb of a report prints."""
    path = (asked if name in OF_ANSWERS else log).path
    options = [word for key, value in OPTIONS.get(name, {}).items() for word in (f"--{key}", value)]
    done = gtbench(VARIANTS.get(name, name), path.name, *options, *words, cwd=path.parent, COLUMNS=WIDE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_report_of_ours_is_among_these() -> None:
    ours = [name for name in registry.names("reports") if _is_ours(name)]
    assert [name for name in REPORTS if name not in VARIANTS] == ours


def _is_ours(name: str) -> bool:
    return registry.distribution("reports", name).startswith("gtbench ")


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("name", REPORTS)
def test_each_printed_figure_is_that_of_its_column(
    name: str, form: str, log: RunLog, asked: RunLog, reports: Made
) -> None:
    shown = run(log, asked, name, "--format", form)
    assert READERS[form](shown) == REPORTS[name](reports[name].rows)


@pytest.mark.parametrize("name", REPORTS)
def test_data_hold_every_field_of_every_row_as_precise_as_it_is(
    name: str, log: RunLog, asked: RunLog, reports: Made
) -> None:
    rows = [row.model_dump() for row in reports[name].rows]
    expected = [{"game" if key == "group" else key: value for key, value in row.items()} for row in rows]
    told = json.loads(run(log, asked, name, "--format", "json"))
    assert told["rows"] == json.loads(json.dumps(expected))
    assert [reports[name].records()] == [expected]
    (page,) = told["logs"]
    assert page["notes"] == reports[name].notes
    lines = list(csv.DictReader(io.StringIO(run(log, asked, name, "--format", "csv"))))
    assert lines == [{key: _cell(value) for key, value in row.items()} for row in expected]
    assert list(reports[name].frame().columns) == list(lines[0])


def _cell(value: Any) -> str:
    """A value as CSV has it."""
    return ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def test_the_answers_and_the_matches_are_those_in_the_log(log: RunLog, asked: RunLog, reports: Made) -> None:
    answered = [(row.information_set, row.asked, row.answers) for row in reports["policy"].rows]
    assert answered == figures.of_policy(asked)
    assert [tuple(row.model_dump().values()) for row in reports["matches"].rows] == figures.of_matches(log)
    for void in log.voids():
        assert f"Match {void.number} is void: {void.reason}." in reports["matches"].notes


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("name", REPORTS)
def test_a_table_fits_its_line_and_loses_no_cell(
    name: str, width: int, log: RunLog, asked: RunLog, reports: Made
) -> None:
    render = registry.load("formats", "text")
    of = asked if name in OF_ANSWERS else log
    page = ReportPage(str(of.path), of.coverage(), reports[name], of.letters())
    shown = render(name, [page], width)
    assert [line for line in shown.splitlines() if len(line) > width] == []
    there = {*PIECES.split(shown)}
    for table in reports[name].tables():
        for cell in (cell for line in table.cells()[1] for cell in line):
            whole = of.letters().get(cell, cell)
            assert {*PIECES.split(cell)} <= there or whole in there, cell


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


def check_index(log: RunLog, reports: Made) -> None:
    tables = [one for name in site.FIRST for one in REPORTS[name](reports[name].rows)]
    expected = [one.lines for one in (*tables, figures.table("", PLAYED, log.matches()))]
    assert Tables(site.write_site(log, log.path.parent / "site")).tables == expected


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


def test_each_figure_of_the_sites_first_page_is_that_of_its_column(log: RunLog, reports: Made) -> None:
    check_index(log, reports)


def test_each_other_report_has_a_page_with_its_figures(log: RunLog, reports: Made) -> None:
    folder = site.write_site(log, log.path.parent / "site").parent
    pages = {path.stem.removeprefix("report-") for path in folder.glob("report-*.html")}
    assert pages == set(REPORTS) - {*site.FIRST, *VARIANTS, "compare", "matches"}
    for name in pages:
        tables = [one.lines for one in REPORTS[name](reports[name].rows)]
        assert Tables(folder / f"report-{name}.html").tables == tables


@pytest.mark.parametrize("check", [check_page, check_replay])
def test_what_is_told_of_a_turn_has_its_own_figures(check: Callable[[RunLog], None], log: RunLog) -> None:
    check(log)


def survives(check: Callable[[], object]) -> bool:
    """Whether a check holds; a swap that makes the code fail is noticed, too."""
    try:
        check()
    except Exception:  # noqa: BLE001
        return False
    return True


# Each field that is shown, swapped for another one of the same kind.


def swapped_reports(report: Report[Any]) -> Iterator[tuple[str, Report[Any]]]:
    """A report whose columns show each another one's figure, or have each another one's interval."""
    for place, column in enumerate(report.columns):
        if column.name in report.split:  # it stands in titles
            continue
        for other in report.columns:
            if other is column or other.words != column.words or callable(column.form):
                continue
            changed = [replace(column, field=other.field or other.name)]
            if column.interval and other.interval:
                changed.append(replace(column, interval=other.interval))
            for one in changed:
                columns = (*report.columns[:place], one, *report.columns[place + 1 :])
                yield f"{column.name}: {other.name}", replace(report, columns=columns)


@pytest.mark.parametrize("name", REPORTS)
def test_a_column_that_shows_another_figure_is_noticed(name: str, reports: Made) -> None:
    expected = REPORTS[name](reports[name].rows)

    def check(report: Report[Any]) -> None:
        shown = [(one.title, one.cells()) for one in report.tables()]
        assert [Table(title, [heads, *lines]) for title, (heads, lines) in shown] == expected

    check(reports[name])
    made = list(swapped_reports(reports[name]))
    assert made
    assert [what for what, report in made if survives(partial(check, report))] == []


MATCHED: Kinds = (("match", "deal", "turns", "faults", "reward_0", "reward_1"),)
CODE: list[tuple[Callable[..., object], str, Kinds]] = [
    (telling._served, "call", kinds_of(Call)),
    (telling._graded, "grade", kinds_of(Grade)),
]
"""The code that tells of a turn, with the variable that is shown there."""

PAGES: list[tuple[str, int, str, Kinds]] = [
    ("index.html", 1, "one", MATCHED),
    ("part.html", 0, "call", kinds_of(Call)),
    ("part.html", 0, "grade", kinds_of(Grade)),
]
"""The tables of every page, by their places in its template; after the last one stands what follows it."""


def test_every_table_of_the_first_page_is_among_these() -> None:
    tables = [place for name, place, *_ in PAGES if name == "index.html"]
    assert tables == list(range(1, len(parts_of("index.html"))))


@pytest.fixture
def quick(log: RunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the log once, and draw nothing that is not looked at."""
    for name in ("match", "graded", "results", "judgements", "voids", "pairings"):
        monkeypatch.setattr(RunLog, name, cache(getattr(RunLog, name)))
    played = log.matches()
    monkeypatch.setattr(RunLog, "iter_matches", lambda _log: iter(played))
    monkeypatch.setattr(store, "open_log", lambda _path: log)


@contextmanager
def only(name: str) -> Iterator[None]:
    """Render one page of the site alone."""
    render = Template.render

    def rendered(page: Template, **given: Any) -> str:
        wanted = page.name == name and (name == "index.html" or given["match"].number == MATCH)
        return render(page, **given) if wanted else site.MARK

    with mock.patch.object(Template, "render", rendered):
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("function", "row", "kinds"), CODE, ids=["_served", "_graded"])
def test_a_line_of_the_terminal_that_shows_another_figure_is_noticed(
    function: Any, row: str, kinds: Kinds, log: RunLog
) -> None:
    check_replay(log)
    made = swaps(used_in(function, row), kinds)
    assert len(made) > 1

    def unnoticed(swap: Swap) -> bool:
        with swapped_in(function, row, swap):
            return survives(lambda: check_replay(log))

    assert [swap for swap in made if unnoticed(swap)] == []
    check_replay(log)


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("page", "place", "row", "kinds"), PAGES, ids=[f"{p[0]}-{p[1]}-{p[2]}" for p in PAGES]
)
def test_a_figure_of_the_site_that_shows_another_is_noticed(
    page: str, place: int, row: str, kinds: Kinds, *, log: RunLog, reports: Made
) -> None:
    def check() -> None:
        if page == "index.html":
            check_index(log, reports)
        else:
            check_page(log)

    made = swaps(used_in_part(parts_of(page)[place], row, kinds), kinds)
    assert len(made) > 1

    def unnoticed(swap: Swap) -> bool:
        with swapped_in_part(page, place, row, swap):
            return survives(check)

    with only("index.html" if page == "index.html" else "match.html"):
        check()
        assert [swap for swap in made if unnoticed(swap)] == []
        check()
