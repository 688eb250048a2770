"""`python -m bot sheet FILE.html`: the whole course in one HTML file, for teachers to read and print.

`main` writes it, `run` finds the run whose figures the questions show, `content` gathers what is in it, and
`templates/sheet.html` lays it out.
"""
