"""Facts of server families: frozen rows with evidence. No behaviour."""
