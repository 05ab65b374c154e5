"""Loads an exported file with llm and makes one call. Run by a Python that has it: MODEL."""

import sys

import llm

print("ANSWER", llm.get_model(sys.argv[1]).prompt("Hello", stream=False).text())
