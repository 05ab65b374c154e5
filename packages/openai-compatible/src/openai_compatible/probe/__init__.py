"""The connection test: what stands between here and an answer, in stages. It prints nothing.

Outcomes are rows; verdicts are pure; only ``transport/`` opens sockets.
"""
