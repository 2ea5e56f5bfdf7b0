"""Runtimes, signature, the model store, and the program that runs one dispatch."""
