"""A real server for tests: the program named by MERCATO_BIN, on a data folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Server:
    url: str
    key: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program = os.environ.get("MERCATO_BIN")
    if not program:
        pytest.skip("MERCATO_BIN does not name a mercato binary")
    folder: Path = tmp_path_factory.mktemp("data")
    key = "mk_of_a_test"
    command = [program, "--json", "--data-dir", str(folder), "serve", "--bind", "127.0.0.1:0"]
    env = {**os.environ, "MERCATO_ADMIN_KEY": key, "MERCATO_LOG": "error"}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield Server(json.loads(process.stdout.readline())["url"], key)
        process.terminate()
