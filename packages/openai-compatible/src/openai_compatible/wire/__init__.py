"""Bytes and JSON to types and back. Pure: no I/O, no clock, no environment."""
