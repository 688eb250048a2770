"""The slash commands: defer, ask the use case, render."""
