"""The shared words as frozen types, and pure rules over them: no I/O, no framework."""
