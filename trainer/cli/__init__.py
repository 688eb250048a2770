"""The command line of the trainer; `parser` and `program` also serve the bot."""
