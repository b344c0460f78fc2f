"""The local server for users' own tests: what it leaves behind."""

from __future__ import annotations

import gc
import socket
import warnings
from urllib.parse import urlsplit

from gtbench.testing import LocalProvider


def test_a_connection_made_just_before_the_end_is_closed() -> None:
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(20):
            with LocalProvider() as server:
                address = urlsplit(server.url)
                socket.create_connection((str(address.hostname), int(address.port or 0))).close()
            gc.collect()
    assert [str(complaint.message) for complaint in complaints] == []
