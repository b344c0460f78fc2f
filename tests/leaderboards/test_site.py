"""The static site: complete, linked, and safe whatever a model wrote."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest
from command import gtbench as gtbench_command
from page import Page

import gtbench
from gtbench import registry
from gtbench.errors import UserError
from gtbench.log.create import create_log
from gtbench.testing import LocalProvider
from gtbench_leaderboards.site.addresses import without_addresses
from gtbench_leaderboards.site.build import FIRST

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\n</pre></details><h1>I won</h1>\n"
    "{{ 7 * 7 }} &amp; \x1b[31mred\x00 \u202eevil\nAction: bet"
)


@pytest.fixture
def log(tmp_path: Path) -> gtbench.RunLog:
    tournament = gtbench.Tournament(
        agents=("prompt@openai/x", "random"), games=("kuhn_poker", "prisoners_dilemma"), deals=2, seed=0
    )
    with LocalProvider(lambda _: HOSTILE):
        return gtbench.run(tournament, log=tmp_path / "run.gtbench")


def write(log: gtbench.RunLog, folder: Path) -> Path:
    index: Path = registry.load("sites", "site")(log, folder)
    return index


def test_every_match_has_a_page_and_every_link_leads_somewhere(log: gtbench.RunLog, tmp_path: Path) -> None:
    index = write(log, tmp_path / "site")
    pages = {path.name: Page(path) for path in index.parent.glob("*.html")}
    matches = {f"match-{number}.html" for number in log.numbers()}
    told = {
        name.removeprefix("report-").removesuffix(".html") for name in pages if name.startswith("report-")
    }
    assert {"exploitability", "head_to_head", "strengths"} <= told <= {*registry.names("reports")} - {*FIRST}
    assert {name for name in pages if not name.startswith("report-")} == {"index.html", *matches}
    for page in pages.values():
        for link in page.links:
            assert link.startswith("#") or (index.parent / link).is_file()
    assert {f"match-{number}.html" for number in log.numbers()} <= set(pages["index.html"].links)


def test_what_a_model_wrote_stays_text(log: gtbench.RunLog, tmp_path: Path) -> None:
    index = write(log, tmp_path / "site")
    for path in index.parent.glob("*.html"):
        page = Page(path)
        assert not {"script", "img", "iframe"} & set(page.tags)
        assert page.tags.count("h1") == 1
        assert "default-src 'none'" in path.read_text()
    match = log.matches()[0]
    shown = Page(index.parent / f"match-{match.number}.html").text
    assert "<script>alert(1)</script>" in shown
    assert "{{ 7 * 7 }}" in shown


def test_a_page_shows_all_prompts_replies_faults_and_the_board(log: gtbench.RunLog, tmp_path: Path) -> None:
    index = write(log, tmp_path / "site")
    for match in log.matches():
        shown = Page(index.parent / f"match-{match.number}.html").text
        for turn in match.turns:
            assert turn.view in shown
            for attempt in turn.attempts:
                if attempt.fault:
                    assert attempt.fault.detail in shown
        for call in match.calls:
            assert all(message.content in shown for message in call.messages)
        assert match.final in shown


def test_what_is_stated_with_a_move_stands_beside_it_checked(tmp_path: Path) -> None:
    agents = ("prompt[claims=basic,confidence=true]@openai/x", "random")
    tournament = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=3, seed=0)
    with LocalProvider(lambda _: "Claim card: J\nClaim pot: 2\nConfidence: 80%\nAction: pass"):
        log = gtbench.run(tournament, log=tmp_path / "run.gtbench")
    index, seen = write(log, tmp_path / "site"), set[tuple[str, bool]]()
    for match in log.matches():
        shown = Page(index.parent / f"match-{match.number}.html").text
        replayed = gtbench_command("replay", "run.gtbench", str(match.number), cwd=tmp_path).stdout
        own = [turn for turn in match.turns if turn.attempts[-1].claims]
        assert own
        assert shown.count("confidence 80%") == replayed.count("-- confidence 80%\n") == len(own)
        words = " ".join(shown.split())
        for claim, told in (("card: j", "Your card: J"), ("pot: 2", "In the pot: 2 chips")):
            wrong = sum(told not in turn.view for turn in own)
            assert words.count(f"claim {claim} \u2717 wrong: it is ") == wrong
            assert words.count(f"claim {claim} \u2713 right") == len(own) - wrong
            assert replayed.count(f"-- claim {claim} (wrong: it is ") == wrong
            assert replayed.count(f"-- claim {claim} (right)\n") == len(own) - wrong
            seen |= {(claim, told in turn.view) for turn in own}
    assert {("card: j", True), ("card: j", False)} < seen


def test_the_same_log_gives_the_same_bytes(log: gtbench.RunLog, tmp_path: Path) -> None:
    first, second = (write(log, tmp_path / name).parent for name in ("one", "two"))
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_a_folder_that_cannot_be_written_is_named(log: gtbench.RunLog, tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file")
    with pytest.raises(UserError, match="site cannot be written"):
        write(log, tmp_path / "site")


def text_of(folder: Path) -> str:
    """All that the pages of a site show."""
    return "\n".join(Page(path).text for path in sorted(folder.glob("*.html")))


@pytest.fixture
def addressed(tmp_path: Path) -> gtbench.RunLog:
    """A log of agents that differ by their servers alone, with a reply and a void match that name them."""
    with LocalProvider(lambda _: f"I run on {first.url}.\nAction: bet") as first, LocalProvider() as second:
        other = second.url.replace("127.0.0.1", "localhost")
        agents = (f"prompt@openai/x@{first.url}", f"prompt@openai/x@{other}", "prompt@openai/x")
        log = gtbench.run(
            gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=1), log=tmp_path / "run.gtbench"
        )
    reason = "openai/x cannot be reached: Cannot connect to host gpu.example:80 [('10.1.2.3', 80)] http://gpu.example"
    with log.writer() as writer:
        writer.add_void(99, reason, ())
    with contextlib.closing(sqlite3.connect(log.path)) as database, database:
        database.execute("DELETE FROM matches WHERE number = 1")
        database.execute("UPDATE voids SET record = json_set(record, '$.number', 1)")
    return gtbench.open_log(log.path)


def test_no_page_shows_where_a_server_is_unless_asked(addressed: gtbench.RunLog, tmp_path: Path) -> None:
    shown = text_of(write(addressed, tmp_path / "site").parent)
    assert not [
        address
        for address in ("127.0.0.1", "localhost:", "10.1.2.3", "gpu.example", "http://")
        if address in shown
    ]
    assert "prompt@openai/x@server-1" in shown
    assert "prompt@openai/x@server-2" in shown
    assert "answer of x-served at server-1" in " ".join(shown.split())
    assert "I run on server-1." in shown
    done = gtbench_command("site", "run.gtbench", "-o", "all", "--endpoints", cwd=tmp_path)
    assert done.returncode == 0
    asked_for = text_of(tmp_path / "all")
    for agent in addressed.tournament.agents:
        assert agent in asked_for
    assert "10.1.2.3" in asked_for


def test_a_page_holds_nothing_that_cannot_be_seen(log: gtbench.RunLog, tmp_path: Path) -> None:
    for path in write(log, tmp_path / "site").parent.glob("*.html"):
        assert all(c.isprintable() or c == "\n" for c in path.read_text(encoding="utf-8"))
    assert r"\x1b[31mred\x00 \u202eevil" in text_of(tmp_path / "site")


def test_servers_are_told_apart_and_words_are_left_alone(tmp_path: Path) -> None:
    agents = (
        "prompt@vllm/a@http://vllm:8000/v1",
        "prompt@vllm/a@http://h.example/v1/",
        "prompt@vllm/a@http://h.example",
    )
    run = gtbench.Tournament(agents=agents, games=("nim",), deals=1)
    log = create_log(tmp_path / "x.gtbench", run)
    discreet = without_addresses(log)
    assert [discreet(agent) for agent in agents] == [f"prompt@vllm/a@server-{n}" for n in (1, 2, 3)]
    assert discreet("vllm at vllm:8000 (http://vllm:8000/v1/models), not myvllm:8000") == (
        "vllm at server-1 (server-1/models), not myvllm:8000"
    )


def test_a_server_is_found_however_its_name_is_written(tmp_path: Path) -> None:
    addresses = (
        "http://GPUbox:8000/v1",
        "http://gpu:9000/v1",
        "http://h.example/A",
        "http://h.example/a",
    )
    agents = tuple(f"prompt@vllm/a@{address}" for address in addresses)
    run = gtbench.Tournament(agents=agents, games=("nim",), deals=1)
    discreet = without_addresses(create_log(tmp_path / "x.gtbench", run))
    assert [discreet(agent) for agent in agents] == [f"prompt@vllm/a@server-{n}" for n in (1, 2, 3, 4)]
    assert (
        discreet("gpubox:8000 HTTP://GPUBOX:8000/v1 GPU:9000 H.Example")
        == "server-1 server-1 server-2 server-3"
    )


def test_pages_of_an_earlier_site_are_gone(log: gtbench.RunLog, tmp_path: Path) -> None:
    folder = write(log, tmp_path / "site").parent
    (folder / "match-999.html").write_text("of a longer run")
    (folder / "notes.txt").write_text("the reader's own")
    write(log, folder)
    assert not (folder / "match-999.html").exists()
    assert (folder / "notes.txt").exists()
    assert len(list(folder.glob("match-*.html"))) == len(log.numbers())


def test_a_page_leads_to_its_neighbours(log: gtbench.RunLog, tmp_path: Path) -> None:
    folder, numbers = write(log, tmp_path / "site").parent, sorted(log.numbers())
    for place, number in enumerate(numbers):
        around = [*numbers[max(0, place - 1) : place], *numbers[place + 1 : place + 2]]
        links = [link for link in Page(folder / f"match-{number}.html").links if link.endswith(".html")]
        assert links == ["index.html", *(f"match-{other}.html" for other in around)]


def test_void_matches_are_named_with_the_reason(log: gtbench.RunLog, tmp_path: Path) -> None:
    with log.writer() as writer:
        writer.add_void(98, "its model <b>is down</b>", ())
        writer.add_void(99, "it was too late", ())
    shown = Page(write(log, tmp_path / "site")).text
    assert "Match 98 is void: its model <b>is down</b>" in shown
    assert "Match 99 is void: it was too late" in shown
