"""How fast the Showroom is, beside its peers: `make bench-showroom` and `make bench-peers`."""
