"""How requests leave this machine: through which proxy, and whose certificates are trusted.

The environment says it, as it says it to most programs: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY,
which come first in small letters; SSL_CERT_FILE, SSL_CERT_DIR and REQUESTS_CA_BUNDLE. The SDKs' own reading
of it knows no networks in NO_PROXY, speaks HTTP to a SOCKS proxy, and ends in a traceback where something is
wrong.
"""

from __future__ import annotations

import os
import re
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from gtbench.errors import UserError
from gtbench.models import bodies
from gtbench.text import line, shown_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

C = TypeVar("C")

PROXIES = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")
CERTIFICATES = FILE, FOLDER, EITHER = "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"

LATIN_1 = 256
"""The characters that HTTP knows."""

_HOST = re.compile(r"[\w.-]+|[\da-f:.]+", re.IGNORECASE)
_BRACKETS = re.compile(r"^\[([^\]]*)\](/\d+)?$")
_HASHED = re.compile(r"[\da-f]{8}\.\d+")
"""How a certificate is called in a folder of certificates."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the variable that names it."""

    variable: str
    address: str  # with user and password, if it has them

    def __str__(self) -> str:
        return f"{shown_line(self.plain)} ({self.variable})"

    @property
    def plain(self) -> str:
        """The address without user and password."""
        return _without_password(self.address)


def client(kind: Callable[..., C], library: Any, server: str) -> C:
    """An SDK's client for the server at an address, which takes no body that is too long.

    Args:
        kind: The class of the client.
        library: The module that it is made with: httpx, or one after it.
        server: The address.

    Raises:
        UserError: As for `proxy_for` and `certificates`.
    """
    proxy = proxy_for(server)
    way = None
    if proxy:
        way = library.Proxy(proxy.plain)
        way.url = library.URL(proxy.address)  # aiohttp sends a user and password that stand in it only
    made: Callable[..., C] = _without_cookies(kind, library)
    return bodies.bound(made(verify=certificates(), trust_env=False, proxy=way))


@cache
def _without_cookies(kind: Any, library: Any) -> Any:
    """The class of a client that leaves cookies to aiohttp, below it.

    To look for them in each answer once more takes a twentieth of the time of a call.
    """

    class NoCookies(library.Cookies):  # type: ignore[misc]
        def extract_cookies(self, response: Any) -> None:
            """Take none."""

    none = NoCookies()
    return type(kind.__name__, (kind,), {"cookies": property(lambda _: none)})


def through(server: str) -> str:
    """The proxy of a server in words, to stand behind a model's name; empty where there is none."""
    proxy = proxy_for(server)
    return f" (through the proxy {proxy})" if proxy else ""


def proxy_for(server: str) -> Proxy | None:
    """The proxy through which the server at an address is reached.

    Raises:
        UserError: It is none that we can go through, or NO_PROXY cannot be read.
    """
    parts = urlsplit(server)
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        variable, value = _variable(name)
        if value:
            return None if _is_exempt(parts) else _checked(variable, value)
    return None


def certificates() -> ssl.SSLContext:
    """Whose certificates are trusted: those that the variables name, else those of the package `certifi`.

    Raises:
        UserError: A variable names none.
    """
    return _context(tuple(_named()))


@cache
def _context(named: tuple[tuple[str, Path], ...]) -> ssl.SSLContext:
    """What trusts the certificates that variables name: read once, for every model that is connected."""
    import certifi

    context: ssl.SSLContext | None = None
    for variable, path in named:
        said = f"{variable}={shown_line(str(path))}"
        try:
            file, folder = (None, path) if _is_folder(variable, path) else (path, None)
            if context is None:
                context = ssl.create_default_context(cafile=file, capath=folder)
            else:
                context.load_verify_locations(cafile=file, capath=folder)
        except ssl.SSLError:
            raise UserError(f"{said} is no file of certificates: name one in the form PEM") from None
        except OSError as error:
            raise UserError(f"{said} cannot be read: {error.strerror}") from None
    return context or ssl.create_default_context(cafile=certifi.where())


@contextmanager
def hidden() -> Iterator[None]:
    """A time without the variables of proxies, for a library that ends at some of them while it is loaded."""
    names = {name for proxy in PROXIES for name in (proxy, proxy.upper())}
    kept = {name: os.environ.pop(name) for name in names & os.environ.keys()}
    try:
        yield
    finally:
        os.environ.update(kept)


def _named() -> Iterator[tuple[str, Path]]:
    """Each file or folder that a variable names."""
    for variable in CERTIFICATES:
        value = os.environ.get(variable, "")
        for path in value.split(os.pathsep) if variable == FOLDER else [value]:
            if path:
                yield variable, Path(path)


def _is_folder(variable: str, path: Path) -> bool:
    """Whether certificates stand in a folder, in which they are found by their hashes only."""
    if variable == FILE or (variable == EITHER and not path.is_dir()):
        return False
    if not any(_HASHED.fullmatch(entry.name) for entry in path.iterdir()):
        raise UserError(f"{variable}={path} holds no certificates by their hashes: openssl rehash makes them")
    return True


def _variable(name: str) -> tuple[str, str]:
    """A variable as it is set, in small letters or capitals, and its value."""
    variable = name if name in os.environ else name.upper()
    return variable, os.environ.get(variable, "").strip()


def _checked(variable: str, value: str) -> Proxy:
    """The proxy that a variable names."""
    address = value if "://" in value else f"http://{value}"
    if address.lower().startswith("socks"):
        raise UserError(
            f"{variable} names a SOCKS proxy, and gtbench goes through HTTP proxies only: set it to "
            "http://HOST:PORT, or name the server's host in NO_PROXY"
        )
    if not _is_sound(_parts(address)):
        raise UserError(
            f"{variable} is no proxy: {shown_line(line(_without_password(address)))} is not of the form "
            "http://HOST:PORT"
        )
    return Proxy(variable, address)


def _is_sound(proxy: SplitResult | None) -> bool:
    """Whether a proxy's address is one, with a user and password that can be sent."""
    if proxy is None or proxy.scheme not in ("http", "https") or not _HOST.fullmatch(proxy.hostname or ""):
        return False
    if "@" in f"{proxy.path}{proxy.query}{proxy.fragment}":  # of a password that is not encoded
        return False
    return all(ord(character) < LATIN_1 for character in unquote(f"{proxy.username}{proxy.password}"))


def _without_password(address: str) -> str:
    """An address without all that may be a user and a password."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _is_exempt(server: SplitResult) -> bool:
    """Whether NO_PROXY names a server."""
    variable, value = _variable("no_proxy")
    exempt = [_exemption(variable, entry) for entry in re.split(r"[\s,]+", value) if entry]
    return any(one.covers((server.hostname or "").rstrip("."), server.port) for one in exempt)


class _Exemption(NamedTuple):
    """Servers that are reached without a proxy."""

    network: Any = None
    name: str = ""  # of a host, or of a domain and all its hosts; empty with a network
    port: int | None = None

    def covers(self, host: str, port: int | None) -> bool:
        """Whether a server is one of them."""
        if self.port not in (None, port):
            return False
        if self.network is None:
            return not self.name or host == self.name or host.endswith(f".{self.name}")
        try:
            return ip_address(host) in self.network
        except ValueError:
            return False


def _exemption(variable: str, entry: str) -> _Exemption:
    """What an entry of NO_PROXY covers: a host or domain, an address or a network, with a port or without."""
    if entry == "*":
        return _Exemption()
    try:
        return _Exemption(ip_network(_BRACKETS.sub(r"\1\2", entry), strict=False))
    except ValueError:
        parts = _parts(entry if "://" in entry else f"//{entry}")
    name = (parts.hostname or "").lstrip("*").strip(".") if parts else ""
    if parts is None or not name or parts.path.strip("/"):
        raise UserError(f"{variable}: {shown_line(line(entry))} is no host, address or network")
    try:
        return _Exemption(ip_network(name), port=parts.port)
    except ValueError:
        return _Exemption(name=name, port=parts.port)


def _parts(address: str) -> SplitResult | None:
    """An address in its parts; None where it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    return parts if port != 0 else None
