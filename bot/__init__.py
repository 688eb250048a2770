"""The classroom: a Discord bot and a terminal front end over the same use cases."""
