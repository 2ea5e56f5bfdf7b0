"""Disparo's own database: engine, tables, one store per noun. Stores return values, not rows."""
