"""How requests leave this machine: every form of the variables works, or is one line that names it."""

from __future__ import annotations

import base64
import http.server
import json
import shutil
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import certifi
import pytest
from command import gtbench
from proxy import Proxy

from gtbench.models import network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gtbench.testing import LocalProvider

MODELS = ("openai/x", "anthropic/x", "litellm/hosted_vllm/x")
VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
DEAD = "http://someone:planted-word@127.0.0.1:9"


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without settings of its own."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in network.CERTIFICATES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def served(provider: LocalProvider) -> dict[str, str]:
    """The variables by which every client finds the server."""
    litellm = {"HOSTED_VLLM_API_BASE": provider.url, "HOSTED_VLLM_API_KEY": "k"}
    return dict(provider.environment) | litellm


def doctor(model: str, folder: Path, **settings: str) -> tuple[int, str]:
    """What `gtbench doctor` says of a model."""
    done = gtbench("doctor", model, cwd=folder, **settings)
    assert "Traceback" not in done.stderr
    assert done.stdout.count("\n") == 1
    return done.returncode, done.stdout


@pytest.mark.parametrize("model", MODELS)
def test_requests_go_through_the_proxy_and_past_it(
    model: str, tmp_path: Path, provider: LocalProvider, served: dict[str, str]
) -> None:
    host = provider.url.removeprefix("http://").partition("/")[0]
    with Proxy() as proxy:
        way = f"http://us%20er:pass%3Aword@{proxy.host}"
        code, said = doctor(model, tmp_path, HTTP_PROXY=way, HTTPS_PROXY="http://127.0.0.1:9", **served)
        assert code == 0, said
        assert proxy.asked == [host]
        assert proxy.passwords == ["Basic " + base64.b64encode(b"us er:pass:word").decode()]
        assert doctor(model, tmp_path, all_proxy=proxy.host, **served)[0] == 0
        assert len(proxy.asked) == 2
        for exempt in ("127.0.0.1", "[::1],127.0.0.0/8", f"x.example {host}", "*"):
            settings = {"HTTP_PROXY": DEAD, "NO_PROXY": exempt}
            assert doctor(model, tmp_path, **settings, **served)[0] == 0, exempt
        assert len(proxy.asked) == 2
    assert len(provider.requests) == 6


@pytest.mark.parametrize("model", MODELS)
def test_an_error_through_a_proxy_names_it_without_its_password(
    model: str, tmp_path: Path, served: dict[str, str]
) -> None:
    code, said = doctor(model, tmp_path, HTTP_PROXY=DEAD, HTTPS_PROXY=DEAD, **served)
    assert code == 1
    assert "(through the proxy http://127.0.0.1:9 (HTTP" in said
    assert "planted-word" not in said
    assert "someone" not in said


def test_a_proxy_that_lets_nothing_through_is_named(tmp_path: Path, served: dict[str, str]) -> None:
    for status in (503, 407):
        with Proxy(status) as proxy:
            code, said = doctor("openai/x", tmp_path, HTTP_PROXY=f"http://{proxy.host}", **served)
            assert code == 1
            assert f"(through the proxy http://{proxy.host} (HTTP_PROXY))" in said
    with Proxy() as proxy:
        address = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://model.example/v1"}
        code, said = doctor(
            "openai/x", tmp_path, HTTPS_PROXY=f"http://me:planted-word@{proxy.host}", **address
        )
        assert proxy.asked == ["model.example:443"]
        assert proxy.passwords == ["Basic " + base64.b64encode(b"me:planted-word").decode()]
    assert "cannot be reached: 403" in said
    assert f"(through the proxy http://{proxy.host} (HTTPS_PROXY))" in said
    assert "planted-word" not in said


WRONG = [
    (
        {"ALL_PROXY": "socks5://127.0.0.1:1080"},
        "ALL_PROXY names a SOCKS proxy, and gtbench goes through HTTP",
    ),
    ({"all_proxy": "socks://me:planted@127.0.0.1:1080"}, "all_proxy names a SOCKS proxy"),
    ({"HTTP_PROXY": "socks5h://h:1"}, "HTTP_PROXY names a SOCKS proxy"),
    ({"HTTP_PROXY": "ftp://h:1"}, "HTTP_PROXY is no proxy: ftp://h:1 is not of the form http://HOST:PORT"),
    ({"HTTP_PROXY": "http://h:port"}, "HTTP_PROXY is no proxy: http://h:port is not of the form"),
    ({"HTTP_PROXY": "http://"}, "HTTP_PROXY is no proxy"),
    ({"HTTP_PROXY": "http://[::1"}, "HTTP_PROXY is no proxy"),
    ({"HTTP_PROXY": "http://a b:1"}, "HTTP_PROXY is no proxy"),
    ({"HTTP_PROXY": "http://me:plan#ted@h:1"}, "HTTP_PROXY is no proxy: http://h:1 is not"),
    ({"HTTP_PROXY": "http://me:planted\u20ac@h:1"}, "HTTP_PROXY is no proxy: http://h:1 is not"),
    (
        {"HTTP_PROXY": "http://h:1", "NO_PROXY": "10.0.0.0/99"},
        "NO_PROXY: 10.0.0.0/99 is no host, address or network",
    ),
    ({"HTTP_PROXY": "http://h:1", "no_proxy": "a,[::1"}, "no_proxy: [::1 is no host, address or network"),
    ({"SSL_CERT_FILE": "none.pem"}, "SSL_CERT_FILE=none.pem cannot be read: No such file or directory"),
    ({"SSL_CERT_FILE": "."}, "SSL_CERT_FILE=. cannot be read: "),
    (
        {"SSL_CERT_FILE": "rubbish"},
        "SSL_CERT_FILE=rubbish is no file of certificates: name one in the form PEM",
    ),
    ({"SSL_CERT_DIR": "none"}, "SSL_CERT_DIR=none cannot be read: No such file or directory"),
    (
        {"SSL_CERT_DIR": "."},
        "SSL_CERT_DIR=. holds no certificates by their hashes: openssl rehash makes them",
    ),
    ({"REQUESTS_CA_BUNDLE": "none"}, "REQUESTS_CA_BUNDLE=none cannot be read: No such file or directory"),
    ({"REQUESTS_CA_BUNDLE": "rubbish"}, "REQUESTS_CA_BUNDLE=rubbish is no file of certificates"),
]


@pytest.mark.parametrize("model", MODELS)
def test_what_is_wrong_is_one_line_with_the_variables_name(
    model: str, tmp_path: Path, provider: LocalProvider, served: dict[str, str]
) -> None:
    (tmp_path / "rubbish").write_bytes(bytes(range(256)))
    for settings, line in WRONG:
        code, said = doctor(model, tmp_path, **settings, **served)
        assert code == 1, settings
        assert said.startswith(f"error  {model}: {line}"), said
        assert "planted" not in said
    assert not provider.requests


def test_what_is_wrong_is_one_line_where_the_weights_are_fetched(tmp_path: Path) -> None:
    for settings in (
        {"SSL_CERT_FILE": "none.pem"},
        {"HTTPS_PROXY": "http://me:planted@127.0.0.1:9", "PIP_RETRIES": "0"},
    ):
        kept = {"XDG_CACHE_HOME": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}
        done = gtbench("models", "fetch", "smollm2-135m", cwd=tmp_path, **kept, **settings)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 2
        assert next(iter(settings)) in done.stderr.splitlines()[1]
        assert "planted" not in done.stderr


@pytest.mark.parametrize(
    ("server", "exempt", "past"),
    [
        ("http://[::1]:8000/v1", "[::1]", True),
        ("http://[::1]:8000/v1", "::1", True),
        ("http://[::1]:8000/v1", "[::1]:8000", True),
        ("http://[::1]:8000/v1", "[::1]:8001", False),
        ("http://[fd00::7]/v1", "[fd00::]/8", True),
        ("http://[fd00::7]/v1", "fe80::/10", False),
        ("http://10.3.2.1/v1", "10.0.0.0/8", True),
        ("http://11.3.2.1/v1", "10.0.0.0/8", False),
        ("http://10.3.2.1/v1", "10.3.2.1/8", True),
        ("http://10.3.2.1:1/v1", "10.3.2.1:1", True),
        ("http://model.example/v1", "10.0.0.0/8, ::1", False),
        ("http://model.example/v1", "example", True),
        ("http://model.example/v1", ".EXAMPLE", True),
        ("http://model.example/v1", "*.example", True),
        ("http://model.example/v1", "del.example", False),
        ("http://model.example./v1", "model.example", True),
        ("https://model.example/v1", "http://model.example/", True),
        ("http://localhost:1/v1", "localhost", True),
        ("http://localhost:1/v1", "", False),
    ],
)
def test_no_proxy_names_hosts_domains_addresses_and_networks(
    server: str, exempt: str, past: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", exempt)
    proxy = network.proxy_for(server)
    assert proxy == (None if past else network.Proxy("ALL_PROXY", "http://proxy.example:3128"))


def test_small_letters_come_first_and_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "big:1")
    assert str(network.proxy_for("https://h/")) == "http://big:1 (HTTPS_PROXY)"
    monkeypatch.setenv("https_proxy", "small:1")
    assert str(network.proxy_for("https://h/")) == "http://small:1 (https_proxy)"
    monkeypatch.setenv("https_proxy", "")
    assert network.proxy_for("https://h/") is None


def test_a_server_behind_a_dead_proxy_is_not_ready(tmp_path: Path, provider: LocalProvider) -> None:
    settings = {"VLLM_BASE_URL": provider.url, "HTTP_PROXY": DEAD, "OLLAMA_BASE_URL": "http://["}
    listed = gtbench("models", cwd=tmp_path, **settings).stdout
    assert "no proxy at http://127.0.0.1:9 (HTTP_PROXY)" in listed
    assert "OLLAMA_BASE_URL is no address" in listed
    assert (
        "HTTP_PROXY names a SOCKS proxy" in gtbench("models", cwd=tmp_path, HTTP_PROXY="socks://h:1").stdout
    )


def test_a_key_for_any_server_that_cannot_be_one_is_one_line(tmp_path: Path, provider: LocalProvider) -> None:
    settings = {"VLLM_BASE_URL": provider.url, "VLLM_API_KEY": "k\u20ac"}
    assert (
        "VLLM_API_KEY is no key: it has characters that none has" in doctor("vllm/x", tmp_path, **settings)[1]
    )
    for model in ("openai", "anthropic"):
        said = doctor(f"{model}/x@{provider.url}", tmp_path, GTBENCH_BASE_URL_KEY="k\nk")[1]
        assert "GTBENCH_BASE_URL_KEY is no key" in said


# Certificates of one's own.


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1, by itself, its key beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("authority") / "own.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=own"]
    made += [
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(path.with_suffix(".key")),
        "-out",
        str(path),
    ]
    subprocess.run(made, check=True, capture_output=True)
    return path


@pytest.fixture
def secure(authority: Path) -> Iterator[str]:
    """The address of a server that proves by the certificate who it is."""
    message = {"role": "assistant", "content": "Action: pass"}
    answer = {"model": "x", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_suffix(".key"))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_certificates_of_ones_own_are_trusted(tmp_path: Path, authority: Path, secure: str) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    shutil.copy(authority, folder)
    subprocess.run([str(shutil.which("openssl")), "rehash", str(folder)], check=True, capture_output=True)
    address = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": secure}
    code, said = doctor("openai/x", tmp_path, **address)
    assert code == 1
    assert "certificate" in said
    for settings in (
        {"SSL_CERT_FILE": str(authority)},
        {"SSL_CERT_DIR": f"{tmp_path}/trusted:{tmp_path}/trusted"},
        {"REQUESTS_CA_BUNDLE": str(authority)},
        {"REQUESTS_CA_BUNDLE": str(folder), "SSL_CERT_FILE": certifi.where()},
    ):
        code, said = doctor("openai/x", tmp_path, **settings, **address)
        assert code == 0, (settings, said)


def test_unless_said_certifi_is_trusted() -> None:
    assert len(network.certificates().get_ca_certs()) > 50
