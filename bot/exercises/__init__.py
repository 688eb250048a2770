"""Steps to try out: one step of the tutorial is really run, in a process of its own.

`exercises` has what the use cases call, `tasks` what runs in the process, `answers` the plain values that are returned.
"""

from bot.exercises.answers import EXERCISES, Exercise
from bot.exercises.exercises import Exercises

__all__ = ["EXERCISES", "Exercise", "Exercises"]
