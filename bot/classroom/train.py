"""Training a network in front of the class."""

from bot.classroom.describe import describe

__all__ = ["describe"]
