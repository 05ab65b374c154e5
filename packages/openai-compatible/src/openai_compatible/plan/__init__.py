"""What to try next: retry, fallback, routing. Pure: no I/O, no clock, no environment."""
