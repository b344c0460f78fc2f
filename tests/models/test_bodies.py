"""What a server's answer may take: packed in any way, a small one is not let unpack to gigabytes."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
import zlib
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.errors import BadOption, WorldError
from gtbench.largest import MEGABYTE, largest
from gtbench.schedule import Tournament

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BOMB = 300
"""Megabytes."""
ROOM = 250 * MEGABYTE
"""What a run may take beside what it had before; two answers of it are under way at once."""

RUNS = f"""
import json, os, re, resource, sys
from pathlib import Path
import gtbench
from gtbench.schedule import Tournament
from gtbench.testing import LocalProvider
def run(agent, log):
    settings = {{"agents": [agent, "random"], "games": ["kuhn_poker"], "deals": 1, "concurrency": 2}}
    return gtbench.run(Tournament.checked(settings, ""), log=log)
asked = json.loads(sys.argv[1])
with LocalProvider():
    for agent, _ in asked:
        run(agent, agent.replace("/", ".") + ".warm")
size = 1024 * int(re.search(r"VmSize:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
resource.setrlimit(resource.RLIMIT_AS, (size + {ROOM}, size + {ROOM}))
ends = []
for agent, addresses in asked:
    os.environ.update(addresses)
    log = run(agent, agent.replace("/", "."))
    ends.append((len(log.matches()), [void.reason for void in log.voids()]))
print(json.dumps(ends))
"""
"""Runs one after the other, none of which may take more memory than that."""


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate, without its header": raw_deflate,
    "identity": bytes,
}


def sound(path: str) -> bytes:
    """A sound answer of the protocol that is spoken at a path."""
    if path.endswith("/messages"):
        answer: dict[str, Any] = {
            "content": [{"type": "text", "text": "Action: pass"}], "stop_reason": "end_turn", "model": "x",
            "usage": {"input_tokens": 1, "output_tokens": 1}, "id": "x", "type": "message",
            "role": "assistant",
        }  # fmt: skip
    else:
        message = {"role": "assistant", "content": "Action: pass"}
        answer = {
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "model": "x", "id": "x",
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}, "created": 1,
            "object": "chat.completion",
        }  # fmt: skip
    return json.dumps(answer).encode()


class Server(ThreadingHTTPServer):
    """Answers every request with the same body, packed."""

    def __init__(self, packing: str, body: Callable[[str], bytes], status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.packing, self.body, self.status = packing, body, status
        self.asked: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append(self.headers["accept-encoding"])
        body = self.server.body(self.path)
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-encoding", self.server.packing.partition(",")[0])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # the client has heard enough
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(packing: str, body: Callable[[str], bytes], status: int = 200) -> Iterator[Server]:
    with Server(packing, body, status) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{provider}_API_KEY", "test-key-123")


def agent(model: str, server: Server, monkeypatch: pytest.MonkeyPatch, options: str = "") -> str:
    """An agent on a model behind the server."""
    for name, address in addresses(server).items():
        monkeypatch.setenv(name, address)
    return f"prompt{options}@{model}"


def addresses(server: Server) -> dict[str, str]:
    """What is set for models behind the server."""
    address = f"http://127.0.0.1:{server.server_port}"
    return {"OPENAI_BASE_URL": f"{address}/v1", "ANTHROPIC_BASE_URL": address}


MODELS = ("openai/a", "anthropic/b", "litellm/openai/c", "litellm/anthropic/d")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_packed_answer_is_read(packing: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(packing, lambda path: PACKINGS[packing](sound(path))) as server:
        match = gtbench.play("kuhn_poker", [agent(model, server, monkeypatch), "random"], seed=1)
    assert {call.reply for call in match.calls} == {"Action: pass"}
    assert set(server.asked) == {"gzip, deflate"}


def always(body: bytes) -> Callable[[str], bytes]:
    """The same body at every path."""
    return lambda _: body


def bomb(packing: str) -> bytes:
    """Very little that unpacks to so many megabytes."""
    packer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16 if "gzip" in packing else zlib.MAX_WBITS)
    return b"".join(packer.compress(b" " * MEGABYTE) for _ in range(BOMB)) + packer.flush()


def test_an_answer_that_unpacks_to_gigabytes_is_the_servers_failure_and_asked_for_once(
    tmp_path: Path,
) -> None:
    bombs = {packing: bomb(packing) for packing in ("gzip", "deflate")}
    sent = (("gzip", 200), ("gzip", 500), ("gzip", 200), ("deflate", 200))
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serving(packing, always(bombs[packing]), status)) for packing, status in sent
        ]
        asked = [(f"prompt@{model}", addresses(at)) for model, at in zip(MODELS, servers, strict=True)]
        ended = subprocess.run(
            [sys.executable, "-c", RUNS, json.dumps(asked)],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
    why = "it holds more than 16 MB; GTBENCH_MAX_REPLY_MB allows more"
    lines = [f"{model} sent an answer that cannot be read: {why}" for model in MODELS]
    assert ended.stdout, ended.stderr
    assert json.loads(ended.stdout) == [[0, [line, line]] for line in lines]
    assert [len(server.asked) for server in servers] == [2] * 4


def test_a_plain_answer_without_end_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", "0.1")
    with (
        serving("identity", lambda _: b" " * 200_000) as server,
        pytest.raises(WorldError, match=r"it holds more than 0\.1 MB"),
    ):
        gtbench.play("kuhn_poker", [agent("openai/a", server, monkeypatch), "random"], seed=1)
    assert len(server.asked) == 1


@pytest.mark.parametrize("packing", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_a_packing_that_was_not_asked_for_is_the_servers_failure(
    packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        serving(packing, sound) as server,
        pytest.raises(
            WorldError, match=r"cannot be read: it (is packed in a way that was not asked|cannot be unp)"
        ),
    ):
        gtbench.play("kuhn_poker", [agent("openai/a", server, monkeypatch, "[tries=1]"), "random"], seed=1)


def test_a_tournament_of_one_such_server_plays_on_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", "0.1")
    with serving("gzip", lambda _: gzip.compress(b" " * 200_000)) as server:
        agents = (agent("openai/a", server, monkeypatch), "random", "greedy")
        settings = {"agents": agents, "games": ["kuhn_poker"], "deals": 1}
        log = gtbench.run(Tournament.checked(settings, "test"), log=tmp_path / "run.gtbench")
    assert len(log.matches()) == 2
    assert len(log.voids()) == 4
    assert not any(match.faults for match in log.matches())


@pytest.mark.parametrize("model", MODELS)
def test_a_limit_that_is_none_is_told_before_anything_is_asked(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", "much")
    with (
        serving("identity", sound) as server,
        pytest.raises(BadOption, match="GTBENCH_MAX_REPLY_MB=much is no number of megabytes"),
    ):
        gtbench.play("kuhn_poker", [agent(model, server, monkeypatch), "random"], seed=1)
    assert server.asked == []


@pytest.mark.parametrize("said", ["much", "0", "-1", "nan", "inf", "1e400", "9" * 20])
def test_a_limit_that_no_text_could_have_is_one_line(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", said)
    with pytest.raises(BadOption, match="is no number of megabytes"):
        largest()
