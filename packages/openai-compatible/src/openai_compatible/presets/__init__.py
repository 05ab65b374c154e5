"""Services that are known by name: where they live, how their key travels, which dialect they speak.

Frozen rows with evidence. No behaviour, no environment: ``${VARIABLE}`` in an address is left as it is.
"""
