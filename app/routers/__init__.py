"""The HTTP interface: one module per noun. A handler parses, calls one service, returns."""
