"""The examples of README.md: each block of code is run, and must print the block that follows it."""

from __future__ import annotations

import contextlib
import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Server

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_of_the_readme_print_what_it_says(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERCATO_URL", server.url)
    monkeypatch.setenv("MERCATO_KEY", server.key)
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README.read_text("utf8"), re.DOTALL)
    assert len(blocks) >= 7
    names: dict[str, Any] = {}
    for place, (code, output) in enumerate(blocks):
        if place == 1:
            # Words of new items are searchable within a second; nobody would write that wait into a shop's code.
            deadline = time.monotonic() + 10
            while names["shop"].search({"query": "红色连衣裙"})["total"] == 0 and time.monotonic() < deadline:
                time.sleep(0.05)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"README block {place}", "exec"), names)  # noqa: S102
        assert printed.getvalue() == output
