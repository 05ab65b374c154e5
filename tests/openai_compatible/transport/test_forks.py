"""After a fork no connection is shared and no lock stays closed. The forks happen in a script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback

SCRIPT = Path(__file__).with_name("forking.py")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")


def repeat(seen: Seen) -> Reply:
    """Answer with the text that was sent: as text, or as a vector of its characters."""
    if seen.path.endswith("/embeddings"):
        vectors = [[float(ord(sign)) for sign in text] for text in seen.json["input"]]
        return json_reply({"data": [{"index": i, "embedding": one} for i, one in enumerate(vectors)]})
    text = seen.json["messages"][-1]["content"]
    return json_reply({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})


def run(base_url: str, bundle: str = "-") -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), base_url, bundle],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return done.stdout, done.stderr


def test_parent_and_children_get_their_own_answers_and_nobody_hangs() -> None:
    with loopback(repeat) as server:
        assert run(server.base_url) == ("ok\n", "")


def test_a_tls_connection_of_the_parent_outlives_its_children(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    with loopback(repeat, tls=(tmp_path / "cert.pem", tmp_path / "key.pem")) as server:
        assert run(server.base_url, str(tmp_path / "ca.pem")) == ("ok\n", "")
