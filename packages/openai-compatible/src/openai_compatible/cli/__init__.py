"""The command line ``openai-compatible``: one file for each command, which parses, calls and prints.

Needs the extra ``cli``. Nothing is decided here that a library function could decide; openai and the
frameworks are loaded only by the commands that need them.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command that ``sys.argv`` names and return its exit code."""
    try:
        from openai_compatible.cli.app import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "openai_compatible":
            raise
        print(
            f'The command line needs {error.name}: pip install "openai-compatible[cli]"', file=sys.stderr
        )
        return 3
    except KeyboardInterrupt:
        return 130
    return run(sys.argv[1:])
