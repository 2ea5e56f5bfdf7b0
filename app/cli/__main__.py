"""`python -m app.cli`: the command line without its script, e.g. for a launcher."""

from app.cli import main

main()
