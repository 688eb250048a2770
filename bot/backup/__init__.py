"""One file with the database and the runs of a home: made while a bot runs, checked, and put back.

`archive` is the format, `save` makes the file, `restore` puts it back.
"""
