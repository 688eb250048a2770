"""One module per command: its help, its arguments, and `run`.

Heavy libraries are imported in `run`, so that --help answers at once.
"""
