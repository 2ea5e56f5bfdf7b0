"""How fast a dispatch is, on one machine, in one run."""
