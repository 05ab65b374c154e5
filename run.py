#!/usr/bin/env python3
"""Run this project on a machine that has Python 3.11+ and nothing else.

    python3 run.py demo              see it work, against a real server on this machine
    python3 run.py test              every check and every test, on openai 3.x and on 2.x
    python3 run.py nox -s docs ...   one nox session (see noxfile.py)

Everything is installed below ``.venvs/`` of this checkout; deleting that folder undoes all of
it. The first run downloads packages, later runs reuse them. Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENVS = ROOT / ".venvs"
WINDOWS = os.name == "nt"
BIN = "Scripts" if WINDOWS else "bin"
EXE = ".exe" if WINDOWS else ""


def say(text: str) -> None:
    """Print one line of progress, in order with the output of subprocesses."""
    print(f"\n== {text}", flush=True)


def stop(text: str) -> None:
    """End with a message instead of a traceback."""
    sys.exit(f"run.py: {text}")


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> int:
    """Run a command in the checkout, without standard input, and return its exit code."""
    words = [str(part) for part in command]
    return subprocess.run(words, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False).returncode


def pip_settings(python: Path | str) -> dict[str, str]:
    """What pip was told by files and variables, as ``{"cert": path, "index-url": url}``."""
    done = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    pairs = (line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return {name.rpartition(".")[2]: value.strip("'\"") for name, value in pairs}


def environment() -> dict[str, str]:
    """Environment for subprocesses: uv uses the index and the CA bundle that pip was told about."""
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_NO_PROGRESS": "1"}
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"):
        env.pop(name, None)
    python = VENVS / "uv" / BIN / f"python{EXE}"
    settings = pip_settings(python if python.exists() else sys.executable)
    for uv_name, pip_name in (("UV_DEFAULT_INDEX", "index-url"), ("SSL_CERT_FILE", "cert")):
        if uv_name not in env and pip_name in settings:
            env[uv_name] = settings[pip_name]
    return env


def install_uv() -> Path:
    """Path of a private ``uv``, installed with the standard library's venv and pip.

    Some systems ship Python without ``venv``'s pip (Debian without python3-venv); where such a
    Python has a pip of its own, that one installs ``uv`` into a folder.
    """
    folder = VENVS / "uv"
    uv = folder / BIN / f"uv{EXE}"
    if (
        uv.exists()
        and subprocess.run([str(uv), "--version"], capture_output=True, check=False).returncode == 0
    ):
        return uv
    shutil.rmtree(folder, ignore_errors=True)
    say("Installing uv into .venvs/uv (once)")
    install = ["-m", "pip", "install", "--quiet", "uv>=0.8"]
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode == 0:
        code = run([folder / BIN / f"python{EXE}", *install], environment())
    else:
        shutil.rmtree(folder, ignore_errors=True)
        code = run([sys.executable, *install, "--target", folder], environment())
    if code != 0 or not uv.exists():
        stop(
            f"could not install uv with {sys.executable}.\n"
            f"{made.stderr.strip() or made.stdout.strip()}\n"
            "This needs network access to a Python package index, and the standard library's venv "
            "or a pip (on Debian and Ubuntu: apt install python3-venv)."
        )
    return uv


def combination(name: str) -> list[str]:
    """Pinned requirements of ``[tool.combinations]`` in pyproject.toml."""
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["tool"]["combinations"][name])


def make(uv: Path, name: str, *, groups: Sequence[str], extra: str, pins: Sequence[str] = ()) -> Path:
    """Bring ``.venvs/NAME`` up to date and return its interpreter.

    The four packages are installed editable, with ``openai-compatible[EXTRA]``. A digest of
    everything that decides what is installed makes the next call return at once.
    """
    folder = VENVS / name
    python = folder / BIN / f"python{EXE}"
    packages = sorted((ROOT / "packages").iterdir())
    arguments: list[str] = [*pins]
    for package in packages:
        chosen = f"[{extra}]" if package.name == "openai-compatible" else ""
        arguments += ["--editable", f"./packages/{package.name}{chosen}"]
    for group in groups:
        arguments += ["--group", group]
    files = [ROOT / "pyproject.toml", *(package / "pyproject.toml" for package in packages)]
    text = repr(arguments).encode() + sys.version.encode() + b"".join(f.read_bytes() for f in files)
    digest = hashlib.sha256(text).hexdigest()
    stamp = folder / "installed"
    if python.exists() and stamp.exists() and stamp.read_text() == digest:
        return python
    say(f"Installing .venvs/{name}")
    env = environment()
    made = run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], env)
    if made or run([uv, "pip", "install", "--quiet", "--python", python, *arguments], env):
        stop(f"could not install the packages for .venvs/{name}; the lines above say why.")
    stamp.write_text(digest)
    return python


def demo(_: list[str]) -> int:
    """Run the demo: a chain and an index on a real llama.cpp server."""
    python = make(install_uv(), "demo", groups=(), extra="demo")
    return run([python, "-m", "openai_compatible.demo"], environment())


def test(_: list[str]) -> int:
    """Run linters, type checker and all tests, then all tests again on openai 2.x."""
    uv = install_uv()
    extra = "demo,testing,cli,keyring"
    newest = make(uv, "openai-3", groups=("test", "lint"), extra=extra, pins=combination("openai-3"))
    older = make(uv, "openai-2", groups=("test",), extra=extra, pins=combination("openai-2"))
    tools = newest.parent
    tests = ["-m", "pytest", "-n", "2", "--dist", "worksteal", "-q"]
    steps: list[tuple[str, list[str | Path]]] = [
        ("ruff check", [tools / "ruff", "check"]),
        ("ruff format", [tools / "ruff", "format", "--check"]),
        ("import contracts", [tools / "lint-imports"]),
        ("mypy", [tools / "mypy"]),
        ("tests on openai 3.x", [newest, *tests]),
        ("tests on openai 2.x", [older, *tests, "-m", "not packaging"]),
    ]
    env = environment()
    results = []
    for title, command in steps:
        say(title)
        start = time.monotonic()
        results.append((title, run(command, env), time.monotonic() - start))
    say("Result")
    for title, code, seconds in results:
        print(f"{'ok    ' if code == 0 else 'FAILED'}  {title}  ({seconds:.0f} s)", flush=True)
    return int(any(code for _, code, _ in results))


def nox(arguments: list[str]) -> int:
    """Run nox with the given arguments."""
    uv = install_uv()
    folder = VENVS / "nox"
    nox_path = folder / BIN / f"nox{EXE}"
    env = environment()
    python = folder / BIN / f"python{EXE}"
    if not nox_path.exists():
        say("Installing nox into .venvs/nox (once)")
        if run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], env) or run(
            [uv, "pip", "install", "--quiet", "--python", python, "nox[uv]>=2025.5.1"], env
        ):
            stop("could not install nox; the lines above say why.")
    env["PATH"] = os.pathsep.join([str(uv.parent), env.get("PATH", "")])
    return run([nox_path, *arguments], env)


def with_newer_python() -> None:
    """Go on in a newer Python of this machine, or end and say what is missing."""
    for minor in range(19, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            sys.exit(run([found, __file__, *sys.argv[1:]]))
    wanted = ".".join(map(str, OLDEST))
    stop(f"this needs Python {wanted} or newer; {sys.executable} is {sys.version.split()[0]}.")


def main() -> int:
    """Parse the command line and run one command."""
    if sys.version_info < OLDEST:
        with_newer_python()
    commands = {"demo": demo, "test": test, "nox": nox}
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=commands)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for nox")
    chosen = parser.parse_args()
    if chosen.arguments and chosen.command != "nox":
        parser.error(f"{chosen.command} takes no arguments")
    return commands[chosen.command](chosen.arguments)


if __name__ == "__main__":
    sys.exit(main())
