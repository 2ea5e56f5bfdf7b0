"""Programs that serve one model, each run by the Python of its own environment."""
