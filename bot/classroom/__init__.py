"""The use cases: explain, train, accuracy, predict, why, without. No front end is imported here."""

from bot.classroom.answer import Action, Answer, Picture
from bot.classroom.classroom import Beside, Classroom
from bot.classroom.learner import Learner, Place
from bot.classroom.runs import RunChoice
from bot.classroom.training.describe import describe
from bot.classroom.training.state import TrainingState
from bot.classroom.training.training import Training

__all__ = [
    "Action",
    "Answer",
    "Beside",
    "Classroom",
    "Learner",
    "Picture",
    "Place",
    "RunChoice",
    "Training",
    "TrainingState",
    "describe",
]
