"""What our classes cost beside their peers: ``python -m benchmarks``. See README.md here."""
