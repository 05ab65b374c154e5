"""Where settings come from. May read files and os.environ; may not open a connection."""
