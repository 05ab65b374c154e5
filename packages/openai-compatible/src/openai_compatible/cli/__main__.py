"""``python -m openai_compatible.cli``."""

from __future__ import annotations

import sys

from openai_compatible.cli import main

if __name__ == "__main__":
    sys.exit(main())
