"""`/class-limits`: what a teacher allows the trainings of a class, kept as one fact of the store for each class."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from bot.classroom.answer import Answer
from bot.classroom.learner import LOCAL, PAGE, Learner
from bot.classroom.wording import person
from bot.errors import ClassroomError, StoreError
from bot.store import Store
from bot.texts import texts
from trainer.config import Config
from trainer.language import Language
from trainer.limits import EPOCHS_RANGE
from trainer.recipes import RECIPES

MAX_UNFINISHED: Final = 3  # trainings of one person at a time, in every class
QUICK_S: Final = 60  # a quick recipe takes at most so long, on two cores and with its own epochs
QUICK: Final = tuple(name for name, recipe in RECIPES.items() if recipe.seconds <= QUICK_S)
# What holds in a class without limits; setting it removes the limit.
FREE: Final[Mapping[str, int | str]] = {
    "epochs": EPOCHS_RANGE[1], "recipes": "all", "trainings": MAX_UNFINISHED, "quiet": False,
}  # fmt: skip
_FACT: Final = "limits:"
_LONGEST_VALUE: Final = 40  # characters of a wrong value that the error repeats
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """One limit, and the id and the name of the teacher who set it; both are "" once they wish to be forgotten."""

    value: int | str
    by_id: str
    by: str


Limits: TypeAlias = dict[str, Limit]  # by a name of FREE; a missing one does not hold


class ClassLimits:
    """The limits of all classes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[str, Limits] = {}  # the last ones that were read, for when the database fails
        self._changing = asyncio.Lock()

    async def for_training(self, learner: Learner) -> Limits:
        """What limits the trainings of this person: nothing for teachers and in direct messages."""
        if learner.is_teacher or learner.class_id is None:
            return {}
        try:
            return await self._of(learner.class_id)
        except StoreError as error:  # trainings go on without the database, see Trainings
            _log.warning("%s", error)
            return self._read.get(learner.class_id, {})

    async def show(self, learner: Learner) -> Answer:
        """What holds in the learner's class, and who changes it; ClassroomError `limits_no_class`."""
        return _shown(await self._of(_class_of(learner)), learner, "holding")

    async def change(self, learner: Learner, given: Mapping[str, int | str]) -> Answer:
        """Set some limits.

        Raises ClassroomError `limits_no_class`, `limits_teacher_only_server`, `limits_teacher_only_page`,
        `limits_recipes`, `limits_range`.
        """
        class_id = _class_of(learner)
        if not learner.is_teacher:
            raise ClassroomError(f"limits_teacher_only_{_kind(learner)}")
        _check(given)
        async with self._changing:
            limits = await self._of(class_id)
            for name, value in given.items():
                if value == FREE[name]:
                    limits.pop(name, None)
                else:
                    limits[name] = Limit(value, learner.id, learner.name)
            await self._save(class_id, limits)
        return _shown(limits, learner, "changed")

    async def forget(self, learner: Learner) -> None:
        """Remove a teacher's id and name from the limits they have set, which go on to hold."""
        async with self._changing:
            for key in await self._store.facts(_FACT):
                class_id = key.removeprefix(_FACT)
                limits = await self._of(class_id)
                kept = {
                    name: replace(limit, by_id="", by="") if limit.by_id == learner.id else limit
                    for name, limit in limits.items()
                }
                if kept != limits:
                    await self._save(class_id, kept)

    async def _of(self, class_id: str) -> Limits:
        kept: dict[str, Any] = json.loads(await self._store.fact(_FACT + class_id) or "{}")
        limits = {name: Limit(*kept[name]) for name in FREE if name in kept}  # those of another version are left out
        self._read[class_id] = limits
        return dict(limits)

    async def _save(self, class_id: str, limits: Limits) -> None:
        kept = {name: (limit.value, limit.by_id, limit.by) for name, limit in limits.items()}
        await self._store.save_fact(_FACT + class_id, json.dumps(kept, ensure_ascii=False))
        self._read[class_id] = limits


def limited(limits: Limits, config: Config, language: Language, *, epochs_given: bool) -> Config:
    """The configuration within a class's limits: epochs that nobody has chosen are cut to the most allowed.

    Raises ClassroomError `limit_quiet`, `limit_recipes`, `limit_epochs`.
    """
    if quiet := limits.get("quiet"):
        raise ClassroomError("limit_quiet", who=_who(quiet, language))
    if (recipes := limits.get("recipes")) and config.recipe not in QUICK:
        raise ClassroomError("limit_recipes", known=", ".join(QUICK), who=_who(recipes, language))
    if epochs := limits.get("epochs"):
        most = int(epochs.value)
        if not epochs_given:
            return replace(config, epochs=min(config.epochs, most))
        if config.epochs > most:
            raise ClassroomError("limit_epochs", most=most, who=_who(epochs, language))
    return config


def check_unfinished(limits: Limits, count: int, language: Language) -> None:
    """Refuse one more training to somebody with `count`; ClassroomError `limit_trainings`, `too_many_trainings`."""
    trainings = limits.get("trainings")
    if trainings and count >= int(trainings.value):
        raise ClassroomError("limit_trainings", most=trainings.value, who=_who(trainings, language))
    if count >= MAX_UNFINISHED:
        raise ClassroomError("too_many_trainings", count=count)


def _check(given: Mapping[str, int | str]) -> None:
    """Refuse values that can be typed but mean nothing."""
    if (recipes := given.get("recipes", "all")) not in ("all", "quick"):
        raise ClassroomError("limits_recipes", value=str(recipes)[:_LONGEST_VALUE])
    for name, (low, high) in {"epochs": EPOCHS_RANGE, "trainings": (1, MAX_UNFINISHED)}.items():
        if not low <= int(given.get(name, low)) <= high:
            raise ClassroomError("limits_range", name=name, low=low, high=high, value=given[name])


def _class_of(learner: Learner) -> str:
    if learner.class_id is None:
        raise ClassroomError("limits_no_class")
    return learner.class_id


def _kind(learner: Learner) -> Literal["page", "server"]:
    return "page" if learner.class_id == PAGE else "server"


def _who(limit: Limit, language: Language) -> str:
    if limit.by_id == LOCAL:
        return texts()(language, "limits.teacher_of_page")
    return person(limit.by, language) if limit.by else texts()(language, "limits.teacher")


def _shown(limits: Limits, learner: Learner, heading: Literal["holding", "changed"]) -> Answer:
    say, language = texts(), learner.language
    lines = [say(language, f"limits.{heading}"), ""]
    for name, free in FREE.items():
        limit = limits.get(name)
        value = limit.value if limit else free
        if name == "recipes":
            value = ", ".join(QUICK if value == "quick" else RECIPES)
        key = f"quiet_{'yes' if value else 'no'}" if name == "quiet" else name
        set_by = say(language, "limits.set_by", who=_who(limit, language)) if limit else ""
        lines.append(f"- {say(language, f'limits.{key}', value=value)}{set_by}")
    lines += ["", say(language, f"limits.change_{_kind(learner)}")]
    if learner.is_teacher:
        lines += ["", say(language, "limits.how", epochs=FREE["epochs"], trainings=FREE["trainings"])]
    return Answer("\n".join(lines), tone="good" if heading == "changed" else "plain")
