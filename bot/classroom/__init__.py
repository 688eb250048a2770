"""The use cases: explain, train, accuracy, predict. No front end is known here."""

from bot.classroom.answer import Action, Answer, Picture
from bot.classroom.classroom import Classroom
from bot.classroom.learner import Learner, Place
from bot.classroom.runs import RunChoice
from bot.classroom.training.describe import describe
from bot.classroom.training.state import Training, TrainingState, TrainOptions

__all__ = [
    "Action",
    "Answer",
    "Classroom",
    "Learner",
    "Picture",
    "Place",
    "RunChoice",
    "TrainOptions",
    "Training",
    "TrainingState",
    "describe",
]
