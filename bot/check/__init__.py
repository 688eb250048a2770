"""`python -m bot check`: whether everything that the bot needs is there; a line each, what is wrong and what to do."""
