"""Where the programs of dispatches run: `local` starts them on this machine."""
