"""The terminal front end: the same use cases, rendered by rich, typed with prompt_toolkit."""
