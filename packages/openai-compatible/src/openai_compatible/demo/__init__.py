"""``python -m openai_compatible.demo``: a chain and an index on a real llama.cpp server.

One file per part. Each part only uses what the packages export; nothing here is for import.
"""
