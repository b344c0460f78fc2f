"""The command line as a user meets it: what it prints, and what wrong input gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from command import Done, gtbench

from gtbench.cli.options import ListsCommand
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from pathlib import Path

FLAGS = ["--agents", "random", "prompt@openai/x", "--games", "kuhn_poker", "--deals", "2"]


def fails(done: Done, line: str, code: int = 1) -> None:
    """One line on standard error that says the fix, nothing else."""
    assert done.returncode == code, done.stderr
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.fixture
def log(tmp_path: Path, provider: LocalProvider) -> str:
    done = gtbench("run", *FLAGS, "--log", "run.gtbench", cwd=tmp_path, **provider.environment)
    assert done.returncode == 0, done.stderr
    assert "The log is run.gtbench" in done.stdout
    return "run.gtbench"


def test_a_tournament_from_flags_and_its_reports(tmp_path: Path, log: str) -> None:
    standings = gtbench("standings", log, cwd=tmp_path).stdout
    assert "Standings: overall" in standings
    assert "Standings: kuhn_poker" in standings
    assert "prompt@openai/x" in standings
    profile = gtbench("profile", log, cwd=tmp_path).stdout
    assert "Faults of prompt@openai/x" in profile
    assert "Play of random" in profile
    by_phase = gtbench("profile", log, "--by", "phase", cwd=tmp_path).stdout
    assert "opening" in by_phase
    compared = gtbench("compare", log, "--first", "random", "--second", "A", cwd=tmp_path).stdout
    assert "given away" in compared
    assert gtbench("grade", log, cwd=tmp_path).stdout == "4 of 4 matches are graded.\n"
    shown = gtbench("errors", log, "--label", "wrong_fold", "--show", "1", cwd=tmp_path).stdout
    assert "wrong_fold: a bet or bid given way to" in shown
    matches = gtbench("matches", log, cwd=tmp_path).stdout
    assert matches.count("kuhn_poker") == 4
    replay = gtbench("replay", log, "2", cwd=tmp_path).stdout
    assert "== The rules as player_0 read them" in replay
    assert "-- prompt, system" in replay
    assert "-- answer of x-served" in replay
    assert "-- grade: regret" in replay
    site = gtbench("site", log, "-o", "pages", cwd=tmp_path)
    assert site.stdout == "4 of 4 matches played.\nThe site is pages/index.html\n"
    foreign = gtbench("site", log, "-o", ".", cwd=tmp_path)
    assert foreign.returncode == 1
    assert "holds something that is no site of gtbench" in foreign.stderr
    assert (tmp_path / "pages" / "match-4.html").is_file()


def test_long_names_get_a_letter_so_that_tables_fit_a_terminal(tmp_path: Path) -> None:
    agents = ["cot[max_tokens=512,temperature=0.2]@openai/a-model-with-a-long-name", "random"]
    flags = ["--agents", *agents, "--games", "kuhn_poker", "prisoners_dilemma[termination_probability=0.25]"]
    with LocalProvider() as server:
        done = gtbench("run", *flags, "--log", "x.gtbench", cwd=tmp_path, **server.environment)
    assert done.returncode == 0, done.stderr
    lines = gtbench("standings", "x.gtbench", cwd=tmp_path, COLUMNS="80").stdout.splitlines()
    assert f"A = {agents[0]}" in lines
    assert max(len(line.rstrip()) for line in lines if "NRA 95 %" in line) <= 80


@pytest.mark.parametrize(
    "agents",
    [
        ["prompt@openai/x", "random"],
        ["prompt@openai/twenty-four-or-so", "cot@openai/twenty-four-or-so", "random"],
        [f"{way}[max_tokens=512,temperature=0.2]@openai/{'a-long-name-' * 5}" for way in ("prompt", "cot")],
    ],
    ids=["short", "middling", "long"],
)
def test_tables_fit_lines_whatever_the_agents_are_called(
    agents: list[str], tmp_path: Path, provider: LocalProvider
) -> None:
    games = ["kuhn_poker", "prisoners_dilemma[termination_probability=0.25]"]
    flags = ["--agents", *agents, "--games", *games, "--deals", "1", "--log", "x.gtbench"]
    done = gtbench("run", *flags, cwd=tmp_path, **provider.environment)
    assert done.returncode == 0, done.stderr
    for verb in ("standings", "profile", "matches", "exploitability"):
        lines = gtbench(verb, "x.gtbench", cwd=tmp_path).stdout.splitlines()
        assert all(any(agent in line for line in lines) for agent in agents)
        assert max(map(len, lines)) < 140, verb


def test_a_tournament_from_a_file_and_a_flag_over_it(tmp_path: Path, provider: LocalProvider) -> None:
    (tmp_path / "cup.toml").write_text(
        'agents = ["random", "cot@openai/x"]\ngames = ["tic_tac_toe"]\ndeals = 9\n'
    )
    done = gtbench("run", "cup.toml", "--deals", "1", cwd=tmp_path, **provider.environment)
    assert done.returncode == 0, done.stderr
    (log,) = (tmp_path / "runs").iterdir()
    assert log.name.startswith("cup-")
    assert gtbench("matches", str(log), cwd=tmp_path).stdout.count("cot@openai/x") == 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--agents", "random", "promt@openai/x", "--games", "kuhn_poker"], "did you mean 'prompt'?"),
        (["--agents", "random", "prompt@opnai/x", "--games", "kuhn_poker"], "did you mean 'openai'?"),
        (
            ["--agents", "random", "prompt@local/smol", "--games", "kuhn_poker"],
            "did you mean 'smollm2-135m'?",
        ),
        (["--agents", "random", "prompt@openai/x", "--games", "kuhn"], "did you mean 'kuhn_poker'?"),
        (["--agents", "random", "prompt[temp=1]@openai/x", "--games", "kuhn_poker"], "no option 'temp'"),
        (["--agents", "random", "random", "--games", "kuhn_poker"], "agents: random is listed twice"),
        (
            ["--agents", "random", "--games", "kuhn_poker"],
            "agents: list should have at least 2 items (it is ['random'])",
        ),
        ([*FLAGS, "--games", "nim[x"], "'nim[x' is not of the form NAME"),
        ([*FLAGS, "--deals", "0"], "deals: input should be greater than or equal to 1 (it is 0)"),
        (FLAGS, "openai/x needs a key: set the environment variable OPENAI_API_KEY"),
    ],
)
def test_wrong_words_get_one_line_and_no_log(tmp_path: Path, words: list[str], line: str) -> None:
    fails(gtbench("run", *words, cwd=tmp_path), line)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ("agnts = []", "cup.toml: unknown key 'agnts'; did you mean 'agents'?"),
        ('agents = ["random", "x"]', "unknown agent 'x'"),
        ('agents = "random"\ngames = ["kuhn_poker"]', "cup.toml: agents: input should be a valid list"),
        (
            'agents = ["random", 3]\ngames = ["kuhn_poker"]',
            "cup.toml: agents[1]: input should be a valid string",
        ),
        ('games = ["kuhn_poker"]', "cup.toml: agents: field required"),
        (
            'agents = ["random", "mcts"]\ngames = []',
            "cup.toml: games: list should have at least 1 item (it is [])",
        ),
        ('left_out = [["a", "b", "c"]]', "cup.toml: left_out[0]: list should have at most 2 items (it is ["),
        ("deals = 'two'", "cup.toml: deals: input should be a valid integer (it is 'two')"),
        ("deals = [", "cup.toml is not TOML: "),
    ],
)
def test_a_wrong_file_gets_the_key_and_what_was_expected(tmp_path: Path, settings: str, line: str) -> None:
    good = {"agents": '["random", "prompt@openai/x"]', "games": '["kuhn_poker"]'}
    said = settings.split(" ", 1)[0]
    missing = said == "games"
    rest = "" if missing else "".join(f"{k} = {v}\n" for k, v in good.items() if f"{k} =" not in settings)
    (tmp_path / "cup.toml").write_text(f"{rest}{settings}\n")
    fails(gtbench("run", "cup.toml", cwd=tmp_path), line)


def test_an_error_quotes_a_name_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "Tuple.py").write_text("def tuple_of(view):\n    return view.legal[0]\n")
    agent = "./Tuple.py:tuple_of"
    done = gtbench("run", "--agents", agent, agent, "--games", "kuhn_poker", cwd=tmp_path)
    fails(done, f"agents: {agent} is listed twice")


def test_usage_errors_exit_with_2(tmp_path: Path) -> None:
    fails(gtbench("run", cwd=tmp_path), "name a tournament FILE before any flag, or --agents and --games", 2)
    fails(gtbench("rnu", cwd=tmp_path), "No such command 'rnu'", 2)
    fails(gtbench("run", "--deels", "3", cwd=tmp_path), "--deels", 2)
    fails(
        gtbench("replay", "x.gtbench", "one", cwd=tmp_path),
        "Invalid value for 'MATCH': Input should be a valid integer",
        2,
    )


def test_logs_that_cannot_be_used_get_one_line(tmp_path: Path, log: str) -> None:
    again = gtbench("run", *FLAGS, "--log", log, cwd=tmp_path)
    fails(again, "run.gtbench exists already: name another --log, or go on with: gtbench resume run.gtbench")
    for verb in (["standings"], ["profile"], ["matches"], ["resume"], ["replay"], ["site"]):
        rest = {"replay": ["1"], "site": ["-o", "pages"]}.get(verb[0], [])
        fails(
            gtbench(*verb, "none.gtbench", *rest, cwd=tmp_path), "none.gtbench cannot be read: No such file"
        )
    fails(
        gtbench("replay", log, "77", cwd=tmp_path),
        "has no match 77; `gtbench matches LOG` lists them",
    )
    fails(gtbench("run", "none.toml", cwd=tmp_path), "none.toml cannot be read: No such file or directory")


def test_void_matches_are_reported_with_how_to_play_them(tmp_path: Path) -> None:
    environment = {"OPENAI_API_KEY": "x", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    flags = [
        "--agents",
        "random",
        "prompt[tries=2]@openai/x",
        "--games",
        "kuhn_poker",
        "--deals",
        "1",
        "--log",
        "void.gtbench",
    ]
    done = gtbench("run", *flags, cwd=tmp_path, **environment)
    assert done.returncode == 1
    assert "2 matches are void, the first since openai/x cannot be reached" in done.stderr
    assert "Play them with: gtbench resume void.gtbench" in done.stderr
    fails(gtbench("standings", "void.gtbench", cwd=tmp_path), "holds no finished match yet: gtbench resume")


def test_a_models_text_cannot_drive_the_terminal(tmp_path: Path) -> None:
    with LocalProvider(lambda _: "\x1b[2J\x1b]0;owned\x07\u202eAction: x\nAction: bet") as server:
        gtbench("run", *FLAGS, "--log", "run.gtbench", cwd=tmp_path, **server.environment)
    shown = gtbench("replay", "run.gtbench", "1", cwd=tmp_path).stdout
    assert "\\x1b[2J" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_lists_take_every_word_up_to_the_next_option() -> None:
    command = ListsCommand("run", callback=lambda: None)
    seen: list[list[str]] = []
    command_type: Any = type(command).__mro__[1]
    original = command_type.parse_args
    try:
        command_type.parse_args = lambda _self, _ctx, args: seen.append(args)
        command.parse_args(None, ["f.toml", "--agents", "a", "b[x=-1]", "--deals", "3", "--games", "g"])
    finally:
        command_type.parse_args = original
    assert seen == [["f.toml", "--agents", "a", "--agents", "b[x=-1]", "--deals", "3", "--games", "g"]]


def test_help_and_version(tmp_path: Path) -> None:
    helped = gtbench("--help", cwd=tmp_path).stdout
    for verb in (
        "demo",
        "run",
        "play",
        "resume",
        "standings",
        "profile",
        "matches",
        "replay",
        "site",
        "models",
    ):
        assert f"\n  {verb} " in helped
        assert gtbench(verb, "--help", cwd=tmp_path).returncode == 0
    assert gtbench("--version", cwd=tmp_path).stdout == "gtbench 0.1.0\n"


def test_the_games_are_listed_with_the_engines_type_and_the_papers_labels(tmp_path: Path) -> None:
    listed = gtbench("games", cwd=tmp_path, COLUMNS="200").stdout
    for words in (
        "negotiation",
        "Iterated Prisoner's Dilemma",
        "sequential, sampled stochastic, imperfect information, general-sum",
        "incomplete, probabilistic, static and dynamic",
        "collaboration, bluff, math",
    ):
        assert words in listed


def test_a_game_is_shown_with_its_card_settings_skin_and_rules(tmp_path: Path) -> None:
    shown = gtbench("games", "nim[is_misere=false,pile_sizes=2;5]", cwd=tmp_path).stdout
    for words in (
        "From the paper's piles 1;3;5;7 the first player loses",
        "setting   pile_sizes=2;5",
        "setting   is_misere=false",
        "setting   opening=empty   (empty or random)",
        "variant   nim[pile_sizes=random]",
        "skin      nim[skin=stone_jars]",
        "The player who takes the very last object wins.",
    ):
        assert words in shown


def test_a_game_is_checked_from_the_command_line(tmp_path: Path) -> None:
    checked = gtbench("check", "kuhn_poker[skin=sealed_gems]", cwd=tmp_path).stdout
    assert (
        "ok  No byte of a view, and no right answer to a question, depends on what the seat may not"
        in checked
    )
    assert checked.endswith("kuhn_poker[skin=sealed_gems] holds all that every game must.\n")


def test_an_agent_is_checked_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def first(view):\n    return f'Action: {view.legal[0]}'\n")
    words = ("check", "./mine.py:first", "--games", "kuhn_poker", "nim", "--deals", "1")
    checked = gtbench(*words, cwd=tmp_path).stdout
    assert "ok  Every answer is a legal move in the asked form, and comes in time: " in checked
    assert "moves of kuhn_poker, nim; the slowest took" in checked
    assert checked.endswith("./mine.py:first holds all that every agent must.\n")
    cheat = gtbench("check", "clairvoyant_mcts[simulations=60]", "--games", "kuhn_poker", cwd=tmp_path)
    assert cheat.returncode == 1
    assert cheat.stderr.startswith("error: clairvoyant_mcts[simulations=60] answers otherwise where only")


@pytest.mark.parametrize(
    ("words", "line", "code"),
    [
        (("check", "pokr"), "unknown game or agent 'pokr'", 1),
        (("check", "./no.py:x"), "./no.py cannot be read: no such file or directory", 1),
        (("check", "nim", "--deals", "3"), "--deals is not for a game", 2),
        (("check", "random", "--positions", "3"), "--positions is not for an agent", 2),
        (("run", *FLAGS, "--seconds-per-move", "0"), "seconds_per_move: input should be greater than 0", 1),
    ],
)
def test_what_cannot_be_checked_gets_one_line(
    tmp_path: Path, words: tuple[str, ...], line: str, code: int
) -> None:
    fails(gtbench(*words, cwd=tmp_path), line, code)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("games", "nimm"), "unknown game 'nimm'; did you mean 'nim'?"),
        (("games", "nim[piles=3]"), "nim has no parameter 'piles'; did you mean 'pile_sizes'?"),
        (("games", "nim[skin=jars]"), "nim has no skin 'jars'; there is stone_jars"),
        (("check", "pig[winscore=1]"), "pig: winscore is a whole number from 2 to 1000, not 1"),
        (("check", "nim[pile_sizes=1;x]"), "pile_sizes is random or up to 10 numbers from 1 to 20"),
        (("run", "--agents", "random", "prompt@openai/x", "--games", "nim[skin=x]"), "nim has no skin 'x'"),
    ],
)
def test_a_wrong_game_gets_one_line(tmp_path: Path, words: tuple[str, ...], line: str) -> None:
    fails(gtbench(*words, cwd=tmp_path), line)


def test_a_run_stops_at_a_cap_with_exit_code_3_and_says_how_to_go_on(
    tmp_path: Path, provider: LocalProvider
) -> None:
    words = ("run", *FLAGS, "--log", "run.gtbench", "--max-calls", "3", "--concurrency", "1")
    stopped = gtbench(*words, cwd=tmp_path, **provider.environment)
    assert stopped.returncode == 3
    assert "stopped: max_calls=3 " in stopped.stderr
    assert "Go on with a higher cap: gtbench resume run.gtbench" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    resumed = gtbench("resume", "run.gtbench", "--max-calls", "1000", cwd=tmp_path, **provider.environment)
    assert resumed.returncode == 0
    assert f"Spent: {len(provider.requests)} calls, " in resumed.stdout
    assert "and what openai/x costs." in resumed.stdout


@pytest.mark.parametrize("flag", ["--max-cost", "--max-tokens", "--max-calls"])
def test_a_cap_below_one_is_a_usage_error(tmp_path: Path, flag: str) -> None:
    done = gtbench("run", *FLAGS, flag, "0", cwd=tmp_path)
    assert done.returncode == 2
    assert f"{flag}: input should be greater than" in " ".join(done.stderr.split())


def test_the_providers_are_listed_with_what_each_lacks(tmp_path: Path, provider: LocalProvider) -> None:
    listed = gtbench("models", cwd=tmp_path, VLLM_BASE_URL=provider.url).stdout
    lines = {line.split()[0]: line for line in listed.splitlines() if line.strip()}
    assert "OPENAI_API_KEY is not set" in lines["openai"]
    assert "OPENROUTER_API_KEY is not set" in lines["openrouter"]
    assert lines["vllm"].rstrip().endswith("yes")
    assert lines["local"].rstrip().endswith("yes")
    assert "gemini, google, groq" in listed


def test_the_doctor_tries_one_call_to_each_model_and_says_what_is_wrong(
    tmp_path: Path, provider: LocalProvider
) -> None:
    agents = ["openai/x", "prompt[temperature=0]@openai/y", "openrouter/x", "random", "nosuch/x"]
    done = gtbench("doctor", *agents, cwd=tmp_path, **provider.environment)
    assert done.returncode == 1
    well, settings, keyless, modelless, unknown = done.stdout.splitlines()
    assert well.startswith("ok     openai/x: 'Action: pass' in ")
    assert well.endswith("no price known, ended by stop, served by x-served")
    assert settings.startswith("ok     prompt[temperature=0]@openai/y: ")
    assert "OPENROUTER_API_KEY" in keyless
    assert "random: plays without a model" in modelless
    assert "unknown model provider 'nosuch'" in unknown
    assert len(provider.requests) == 2
    assert provider.requests[1]["temperature"] == 0
    assert gtbench("doctor", "openai/x", cwd=tmp_path, **provider.environment).returncode == 0
