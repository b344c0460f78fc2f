"""Whatever text comes from outside, a run goes on, its log can be read, and no key stands in it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sqlite3
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import pytest
import verdicts
from command import gtbench

from gtbench.agent.spec import load_agent
from gtbench.catalogue import load_game
from gtbench.elicit.elicit import elicit
from gtbench.elicit.elicit import resume as ask_on
from gtbench.errors import BadOption, WorldError
from gtbench.game.view import View
from gtbench.labels import FaultKind
from gtbench.log.create import create_log
from gtbench.log.read import open_log
from gtbench.match import play_sync
from gtbench.records import Grade
from gtbench.schedule import Tournament
from gtbench.testing import LocalProvider
from gtbench.tournament.run import resume, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gtbench.game.base import Game

KEY = "sk-proj-Ab3dEfGh1JkLmN0pQrSt"
HOSTILE = "\ud800 \x1b]0;x\x07 \x1b[2J \x9b2J \u202e \x00 \u200b \r \udfff"


def completion(said: str, *, where: str = "") -> dict[str, Any]:
    """A sound answer of OpenAI's protocol, with a text in one place of it."""
    message: dict[str, Any] = {"role": "assistant", "content": "Action: bet"}
    answer: dict[str, Any] = {
        "model": "x",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }
    call = {"id": "1", "type": "function", "function": {"name": "play", "arguments": json.dumps({"a": said})}}
    token = {"token": said, "logprob": -0.1, "bytes": None}
    match where:
        case "reply":
            message["content"] = f"{said}\nAction: bet"
        case "refusal":
            message |= {"content": None, "refusal": said}
        case "argument":
            message["tool_calls"] = [call]
        case "token":
            answer["choices"][0]["logprobs"] = {"content": [token | {"top_logprobs": [token]}]}
        case "finish":
            answer["choices"][0]["finish_reason"] = said
        case "usage":
            answer["usage"]["prompt_tokens"] = said
        case _:
            answer[where] = said
    return answer


ANSWERS = (
    "reply", "refusal", "argument", "token", "finish", "usage", "model", "system_fingerprint", "id", "object",
)  # fmt: skip
"""Where an answer can hold a text."""
KEPT = ("reply", "refusal", "argument", "token", "model", "system_fingerprint")
"""Which of them are recorded."""
STATUSES = (400, 401, 403, 404, 413, 422, 429, 500, 503)


class Server:
    """A server that says what it is told to say, to be used in a `with` block."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.asked = 0
        self.kept: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805
                self.asked += 1
                length = int(handler.headers["Content-Length"])
                self.kept.append(handler.rfile.read(length).decode())
                sent = json.dumps(body).encode()
                handler.send_response(status)
                handler.send_header("Content-Type", "application/json")
                handler.send_header("Content-Length", str(len(sent)))
                handler.end_headers()
                handler.wfile.write(sent)

            def log_message(handler, *_: object) -> None:  # noqa: N805
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(server, *_: object) -> None:  # noqa: N805  (a client that has left)
                pass

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.environment = {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self._server.server_port}/v1",
            "OPENAI_API_KEY": KEY,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[Server], None]:
    """Leads the clients in this process to a server."""

    def lead(server: Server) -> None:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)

    return lead


def written(path: Path) -> str:
    """All that stands in a log, long texts and spans of free pages included."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        tables = ("run", "matches", "voids", "grades", "judgements", "answers")
        rows = [r for t in tables for (r,) in database.execute(f"SELECT record FROM {t}")]  # noqa: S608
        texts = [zlib.decompress(c).decode() for (c,) in database.execute("SELECT content FROM texts")]
    return "\n".join(rows + texts) + path.read_bytes().decode("latin-1")


def settings(*agents: str, games: tuple[str, ...] = ("kuhn_poker",)) -> Tournament:
    return Tournament(agents=agents, games=games, deals=1)


def is_sound(path: Path) -> bool:
    """Whether every match of a log was played or is void by name, and the whole of it can be read."""
    log = open_log(path)
    played, void = {match.number for match in log.matches()}, log.voids()
    for match in log.matches():
        match.model_dump_json().encode()
    return played | {one.number for one in void} == {1, 2} and all(one.reason for one in void)


PLAYED = settings("prompt[tries=1]@openai/x", "random")


@pytest.mark.parametrize("where", ANSWERS)
def test_an_answers_hostile_text_ends_no_run(
    where: str, tmp_path: Path, environment: Callable[[Server], None]
) -> None:
    log = tmp_path / "x.gtbench"
    with Server(200, completion(HOSTILE, where=where)) as server:
        environment(server)
        run(PLAYED, log=log)
        assert is_sound(log)
        assert not any(m.faults for m in open_log(log).matches() if where not in ("reply", "refusal"))
        resume(log)
        assert is_sound(log)


@pytest.mark.parametrize("status", STATUSES)
def test_an_errors_hostile_text_drives_nothing_and_ends_in_one_line(status: int, tmp_path: Path) -> None:
    error = {"error": {"message": f"{HOSTILE} {KEY}", "type": HOSTILE, "code": HOSTILE, "param": HOSTILE}}
    flags = ["--agents", "prompt[tries=1]@openai/x", "random", "--games", "kuhn_poker", "--deals", "1"]
    with Server(status, error) as server:
        done = gtbench("run", *flags, "--log", "x.gtbench", cwd=tmp_path, **server.environment)
    assert done.returncode == (0 if status == 413 else 1)  # a prompt that is too long is its player's
    assert "Traceback" not in done.stderr
    assert all(c.isprintable() or c == "\n" for c in done.stdout + done.stderr)
    assert KEY not in done.stdout + done.stderr
    if (tmp_path / "x.gtbench").exists():
        assert KEY not in written(tmp_path / "x.gtbench")


@pytest.mark.parametrize("where", ANSWERS)
def test_a_key_that_an_answer_echoes_stands_in_no_log(
    where: str, tmp_path: Path, environment: Callable[[Server], None]
) -> None:
    log = tmp_path / "x.gtbench"
    with Server(200, completion(f"You sent {KEY}.", where=where)) as server:
        environment(server)
        run(PLAYED, log=log)
        run(PLAYED, log=tmp_path / "y.gtbench", cache=tmp_path / "z.cache")
    everything = written(log)
    assert KEY not in everything
    assert "<OPENAI_API_KEY>" in everything or where not in KEPT
    with contextlib.closing(sqlite3.connect(tmp_path / "z.cache")) as cache:
        kept = [zlib.decompress(record).decode() for (record,) in cache.execute("SELECT record FROM calls")]
    assert KEY not in "".join(kept)


def test_a_key_that_is_spread_over_tokens_stands_in_no_log(
    tmp_path: Path, environment: Callable[[Server], None]
) -> None:
    answer = completion("", where="token")
    pieces = [{"token": p, "logprob": -0.1, "top_logprobs": []} for p in (KEY[:5], KEY[5:11], KEY[11:])]
    answer["choices"][0]["logprobs"]["content"] = pieces
    with Server(200, answer) as server:
        environment(server)
        log = run(settings("prompt[logprobs=true]@openai/x", "random"), log=tmp_path / "x.gtbench")
    tokens = [token.text for call in log.calls() for sample in call.samples for token in sample.tokens]
    assert "".join(tokens).count(KEY) == 0
    assert KEY[11:] not in written(log.path)


@pytest.mark.parametrize("name", ["GTBENCH_BASE_URL_KEY", "SOME_OTHER_TOKEN"])
def test_a_key_of_a_dotenv_file_stands_in_no_log(name: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{name}={KEY}-of-the-file\n")
    with Server(200, completion(f"{KEY}-of-the-file", where="reply")) as server:
        address = server.environment["OPENAI_BASE_URL"]
        flags = ["--agents", f"prompt@openai/x@{address}", "random", "--games", "kuhn_poker", "--deals", "1"]
        done = gtbench("run", *flags, "--log", "x.gtbench", cwd=tmp_path)
    os.environ.pop(name, None)
    assert done.returncode == 0, done.stderr
    assert f"<{name}>" in written(tmp_path / "x.gtbench")
    assert "-of-the-file" not in written(tmp_path / "x.gtbench")


def test_a_password_in_a_base_url_stands_in_no_log(
    tmp_path: Path, environment: Callable[[Server], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(200, completion("pass-word-12345", where="model")) as server:
        environment(server)
        host = server.environment["OPENAI_BASE_URL"].removeprefix("http://")
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://me:pass-word-12345@{host}")
        log = run(PLAYED, log=tmp_path / "x.gtbench")
    assert is_sound(log.path)
    assert "pass-word-12345" not in written(log.path)


def test_an_agent_that_asks_with_a_key_or_with_what_is_no_text_sends_neither(
    tmp_path: Path, environment: Callable[[Server], None]
) -> None:
    (tmp_path / "asking.py").write_text(
        "import os\nfrom gtbench.records import Message\n"
        "async def asking(view, *, model):\n"
        "    said = 'my key is ' + os.environ['OPENAI_API_KEY'] + ' \\ud800'\n"
        "    return (await model.ask([Message(role='user', content=said)])).reply\n"
    )
    with Server(200, completion("")) as server:
        environment(server)
        agent = f"{tmp_path}/asking.py:asking@openai/x"
        log = run(settings(agent, "random"), log=tmp_path / "x.gtbench")
    assert not [fault for match in log.matches() for fault in match.faults]
    assert server.kept
    assert not [body for body in server.kept if KEY in body]
    assert KEY not in written(log.path)


@pytest.mark.parametrize("verb", ["elicit", "judge", "doctor"])
@pytest.mark.parametrize("where", ["reply", "model", "system_fingerprint", "argument"])
def test_other_verbs_take_what_a_server_says_as_soundly(verb: str, where: str, tmp_path: Path) -> None:
    words = {
        "elicit": ["elicit", "prompt@openai/x", "kuhn_poker", "--samples", "1", "--log", "x.gtbench"],
        "judge": ["judge", "x.gtbench", "--model", "openai/x", "--votes", "1"],
        "doctor": ["doctor", "openai/x"],
    }[verb]
    if verb == "judge":
        (tmp_path / "a.py").write_text(
            "def a(view):\n    why = 'I hold a strong card, so this is the best move that I have.'\n"
            "    return f'{why}\\nAction: {view.legal[0]}'\n"
        )
        run(settings(f"{tmp_path}/a.py:a", "random"), log=tmp_path / "x.gtbench")
    said = f"{HOSTILE} {KEY}"
    told = completion(said, where=where)
    if verb == "judge":  # a vote that can be read, and in a reply quotes what is hostile
        vote = verdicts.answer(misinterpretation=said) if where == "reply" else verdicts.answer()
        told["choices"][0]["message"]["content"] = vote
    with Server(200, told) as server:
        done = gtbench(*words, cwd=tmp_path, **server.environment)
        assert server.asked
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert all(c.isprintable() or c == "\n" for c in done.stdout + done.stderr)
    assert KEY not in done.stdout + done.stderr
    if verb == "judge":
        judged = open_log(tmp_path / "x.gtbench").judgements()
        assert {vote.fault for one in judged for vote in one.votes} == {None}
    if verb != "doctor":
        assert KEY not in written(tmp_path / "x.gtbench")
        assert "<OPENAI_API_KEY>" in written(tmp_path / "x.gtbench")


PROGRAM = """
import json, os, sys
for line in sys.stdin:
    {0}
"""
SAYS = {
    "reply": "print(json.dumps({{'reply': {0} + '\\nAction: bet'}}), flush=True)",
    "stray": "print({0}, flush=True)",
    "errors": "sys.stderr.write('y' * {1} + {0} + 'x' * 7990); sys.stderr.flush(); sys.exit(3)",
}
SAID = {"key": "open(sys.argv[1]).read()", "hostile": ascii(HOSTILE)}


@pytest.mark.parametrize("what", SAID)
@pytest.mark.parametrize("how", SAYS)
def test_what_a_program_says_is_recorded_soundly_and_without_a_key(
    how: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:surrogateescape")
    said = SAID[what] if what == "key" or how == "reply" else f"{SAID[what]}.replace(chr(0xd800), '')"
    (tmp_path / "agent.py").write_text(PROGRAM.format(SAYS[how].format(said, 20_000)))
    (tmp_path / "key").write_text(KEY)
    agent = f"exec:{sys.executable} {tmp_path}/agent.py {tmp_path}/key"
    log = run(settings(agent, "random"), log=tmp_path / "x.gtbench")
    assert {fault.kind for match in log.matches() for fault in match.faults} <= {FaultKind.CRASHED}
    assert is_sound(log.path)
    assert KEY not in written(log.path)
    assert KEY[10:] not in written(log.path)
    shown = gtbench("replay", "x.gtbench", "1", cwd=tmp_path)
    assert all(c.isprintable() or c == "\n" for c in shown.stdout + shown.stderr)


def test_an_exceptions_hostile_text_is_recorded_soundly_and_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    (tmp_path / "a.py").write_text(
        f"import os\ndef a(view):\n    raise ValueError({HOSTILE!a} + os.environ['OPENAI_API_KEY'])\n"
    )
    log = run(settings(f"{tmp_path}/a.py:a", "random"), log=tmp_path / "x.gtbench")
    (fault, *_) = log.match(1).faults
    assert fault.kind is FaultKind.CRASHED
    assert "<OPENAI_API_KEY>" in fault.detail
    assert fault.trace
    assert KEY not in written(log.path)


def test_a_text_with_methods_of_its_own_is_taken_as_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "class Odd(str):\n"
        "    def _fails(self, *_):\n        raise RuntimeError\n"
        "    isascii = encode = splitlines = strip = lower = __str__ = __len__ = _fails\n"
        "def a(view):\n    return Odd(f'Action: {view.legal[0]}')\n"
    )
    log = run(settings(f"{tmp_path}/a.py:a", "random"), log=tmp_path / "x.gtbench")
    assert not [fault for match in log.matches() for fault in match.faults]
    assert all(type(a.reply) is str for match in log.matches() for turn in match.turns for a in turn.attempts)


@pytest.mark.parametrize(
    "agent", [f"exec:cat {KEY}", f"prompt[x_a={KEY}]@openai/x", "./\udcff.py:a", "\ud800"]
)
def test_an_agents_string_that_no_log_may_hold_is_refused(
    agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(BadOption, match="names an agent by a key, or by what is no text") as refused:
        load_agent(agent)
    assert KEY not in str(refused.value)


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first match that ends is drawn with what no log can hold, as a stranger's game might do."""
    kind = type(load_game("kuhn_poker"))
    drawn, count = kind.picture, itertools.count()

    def picture(game: Game, state: Any) -> str:
        return drawn(game, state) + "\ud800" * (next(count) == 0)

    monkeypatch.setattr(kind, "picture", picture)


@pytest.mark.usefixtures("unwritable")
def test_a_record_that_cannot_be_written_makes_its_match_void_and_takes_no_other_along(
    tmp_path: Path,
) -> None:
    tournament = Tournament(agents=("random", "greedy"), games=("kuhn_poker",), deals=5)
    log = run(tournament, log=tmp_path / "x.gtbench")
    (void,) = log.voids()
    assert "the record cannot be written" in void.reason
    assert len(log.matches()) == 9
    assert len(log.grades()) == 9
    assert len(resume(log.path).matches()) == 10
    assert not log.voids()


def test_a_match_that_cannot_be_written_leaves_the_writer_as_it_was(tmp_path: Path) -> None:
    log = create_log(tmp_path / "x.gtbench", settings("random", "greedy"))
    sound = play_sync("kuhn_poker", ["random", "greedy"], seed=1)
    for change in ({"final": "\ud800"}, {"rules": ("\udfff", "")}, {"game": "\ud800"}):
        with log.writer() as writer, pytest.raises(WorldError, match="the record cannot be written"):
            writer.add(sound.model_copy(update=change))
    with log.writer() as writer:
        writer.add(sound)
    assert len(log.matches()) == 1


def test_what_is_too_long_to_be_read_again_is_void_and_its_cost_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "long.py").write_text(
        "from gtbench.records import Message\n"
        "async def long(view, *, model):\n"
        "    return (await model.ask([Message(role='user', content='x' * 9000 + view.text)])).reply\n"
    )
    tournament = settings(f"{tmp_path}/long.py:long@openai/x", "random", "greedy")
    with LocalProvider(lambda _: "Action: bet") as server:
        monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", "0.008")
        log = run(tournament, log=tmp_path / "x.gtbench")
    assert len(log.matches()) == 2
    assert len(log.voids()) == 4
    assert all("it holds more than 0.008 MB" in void.reason for void in log.voids())
    assert str(log.ledger()).startswith(f"{len(server.requests)} calls")
    monkeypatch.delenv("GTBENCH_MAX_REPLY_MB")
    with LocalProvider(lambda _: "Action: bet"):
        assert len(resume(log.path).matches()) == 6


def test_a_record_that_is_too_large_for_the_database_is_refused_by_itself(tmp_path: Path) -> None:
    log = create_log(tmp_path / "x.gtbench", settings("random", "greedy"))
    sound = play_sync("kuhn_poker", ["random", "greedy"], seed=1)
    with log.writer() as writer:
        writer._database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 100_000)
        with pytest.raises(WorldError, match="SQLite takes 100,000"):
            writer.add(sound.model_copy(update={"final": "x" * 100_000}))
        writer.add(sound)
    assert len(log.matches()) == 1


def test_grades_that_cannot_be_written_are_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = create_log(tmp_path / "x.gtbench", settings("random", "greedy"))
    sound = play_sync("kuhn_poker", ["random", "greedy"], seed=1)
    grade = Grade(turn=0, seat=0, status="graded", phase="opening", alternatives=2, best=("\ud800",))
    with log.writer() as writer:
        writer.add(sound)
        writer.grade(sound.number, [grade])
    assert len(log.matches()) == 1
    assert not log.grades()
    assert "match 1 is not graded: the record cannot be written" in caplog.text


@pytest.mark.usefixtures("unseeable")
def test_an_answer_that_cannot_be_written_is_broken_off_and_asked_for_again(tmp_path: Path) -> None:
    outcome = elicit("random", "kuhn_poker", samples=1, log=tmp_path / "x.gtbench")
    assert len(outcome.broken) == 1
    assert len(outcome.log.answers()) == 11
    ask_on(tmp_path / "x.gtbench")
    assert len(open_log(tmp_path / "x.gtbench").answers()) == 12


@pytest.fixture
def unseeable(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first player sees is once what no log can hold."""
    text: Any = View.text  # a property, which mypy takes for a method
    drawn, count = text.fget, itertools.count()
    assert drawn

    monkeypatch.setattr(View, "text", property(lambda view: drawn(view) + "\ud800" * (next(count) == 3)))
