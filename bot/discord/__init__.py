"""The Discord front end, the only place that imports discord.py: client, commands, buttons, messages."""
