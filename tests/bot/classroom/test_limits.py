"""What a teacher allows the trainings of their class, and who takes turns with whom."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.classroom import Classroom, Learner, Place
from bot.classroom.learner import LOCAL, PAGE
from bot.classroom.limits import QUICK
from bot.commands import COMMANDS, Request
from bot.errors import ClassroomError, StoreError
from bot.line import arguments, parse
from bot.store import Store
from trainer.recipes import RECIPES

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine

PLACE = Place("8", "9")
GRAY = Learner("5", "Ms [Gray](http://evil)", "en", guild_id="7", is_teacher=True)
PAGE_TEACHER = Learner(LOCAL, LOCAL, "en", is_teacher=True, room=PAGE)
VISITOR = Learner("page-1", "Lin", "en", room=PAGE)


async def refused(classroom: Classroom, learner: Learner, **options: Any) -> ClassroomError:
    with pytest.raises(ClassroomError) as caught:
        await classroom.train(learner, PLACE, **options)
    return caught.value


@pytest.mark.parametrize(
    ("limit", "options", "key", "words"),
    [
        ({"epochs": 5}, {"epochs": 6}, "limit_epochs", "epochs:5"),
        ({"recipes": "quick"}, {"recipe": "best"}, "limit_recipes", "fast"),
        ({"quiet": True}, {}, "limit_quiet", "No training is accepted"),
    ],
)
async def test_what_is_not_allowed_is_refused_in_one_sentence(
    classroom: Classroom,
    engine: "FakeEngine",
    store: Store,
    tom: Learner,
    mei: Learner,
    limit: dict[str, Any],
    options: dict[str, Any],
    key: str,
    words: str,
) -> None:
    await classroom.class_limits(GRAY, **limit)
    error = await refused(classroom, tom, **options)
    assert error.key == key
    sentence = error.sentence("en")
    assert words in sentence
    assert r"Ms \[Gray\](http://evil)" in sentence  # who set it; a name is never shown as a link
    assert "Gray" in (await refused(classroom, mei, **options)).sentence("zh-CN")
    assert engine.jobs == []
    assert await store.unfinished_runs(["queued"]) == []
    # not in another class, not in a direct message, and not for teachers
    for other in (replace(tom, guild_id="6"), replace(mei, guild_id=None), GRAY):
        await classroom.train(other, PLACE, **options)


async def test_fewer_trainings_at_once(
    classroom: Classroom, engine: "FakeEngine", packed: Callable[..., bytes], mei: Learner, tom: Learner
) -> None:
    await classroom.class_limits(GRAY, trainings=1)
    first = await classroom.train(tom, PLACE)
    error = await refused(classroom, tom)
    assert error.key == "limit_trainings"
    assert "at most 1 (set by Ms" in error.sentence("en")
    await classroom.train(mei, PLACE)  # somebody else's turn
    engine.jobs[0].end(packed(first.state.run_id))
    assert [state async for state in first.watch()][-1].status == "finished"
    await classroom.train(tom, PLACE)
    for _ in range(3):
        await classroom.train(GRAY, PLACE)
    assert (await refused(classroom, GRAY)).key == "too_many_trainings"  # for everybody, so that others start soon


async def test_epochs_that_nobody_chose_are_cut(classroom: Classroom, tom: Learner) -> None:
    """`/train`, the button, and the guess of the course must work in every class that accepts trainings."""
    await classroom.class_limits(GRAY, epochs=5)
    assert (await classroom.train(tom, PLACE)).state.config.epochs == 5
    assert (await classroom.train(tom, PLACE, epochs=2)).state.config.epochs == 2
    assert (await classroom.train(GRAY, PLACE)).state.config.epochs == RECIPES["tutorial"].epochs


async def test_the_quick_recipes_are_those_that_are(classroom: Classroom, tom: Learner) -> None:
    assert set(QUICK) == {"fast", "tutorial"}
    await classroom.class_limits(GRAY, recipes="quick")
    for recipe in QUICK:
        await classroom.train(tom, PLACE, recipe=recipe)


async def test_what_holds_is_shown_to_everybody(classroom: Classroom, tom: Learner, mei: Learner) -> None:
    free = (await classroom.class_limits(tom)).text
    for line in ("at most 50\n", "recipes: tutorial, fast, best\n", "at most 3\n", "new trainings: accepted\n"):
        assert line in free
    assert "set by" not in free
    assert "may manage the server" in free
    assert "/class-limits" not in free  # how to change them is for teachers
    changed = await classroom.class_limits(GRAY, epochs=5, recipes="quick", quiet=True)
    assert changed.text.startswith("**Changed.")
    assert "/class-limits epochs:10" in changed.text
    shown = (await classroom.class_limits(tom)).text
    assert r"at most 5 · set by Ms \[Gray\]" in shown
    assert "recipes: tutorial, fast · set by" in shown
    assert "new trainings: not accepted for now · set by" in shown
    assert "trainings of one person at once: at most 3\n" in shown
    assert "最多 5 轮 · 设置者：Ms" in (await classroom.class_limits(mei)).text


async def test_limits_outlive_the_bot_and_can_be_removed(classroom: Classroom, store: Store, tom: Learner) -> None:
    await classroom.class_limits(GRAY, epochs=5, trainings=1)
    other = replace(GRAY, id="6", name="Mr Blue")
    await classroom.class_limits(other, recipes="quick", trainings=2)
    from bot.classroom.limits import ClassLimits

    again = ClassLimits(store)
    kept = {name: (limit.value, limit.by) for name, limit in (await again.for_training(tom)).items()}
    assert kept == {"epochs": (5, GRAY.name), "trainings": (2, "Mr Blue"), "recipes": ("quick", "Mr Blue")}
    await classroom.class_limits(GRAY, epochs=50, recipes="all", trainings=3, quiet=False)
    assert await again.for_training(tom) == {}
    await classroom.train(tom, PLACE, recipe="best", epochs=50)


@pytest.mark.parametrize(
    ("learner", "key", "words"),
    [
        (replace(GRAY, is_teacher=False), "limits_teacher_only_server", "may manage the server"),
        (VISITOR, "limits_teacher_only_page", "teacher of this page"),
        (replace(GRAY, guild_id=None, is_teacher=False), "limits_no_class", "direct message"),
    ],
)
async def test_only_a_teacher_changes_them(classroom: Classroom, learner: Learner, key: str, words: str) -> None:
    with pytest.raises(ClassroomError, match=words) as caught:
        await classroom.class_limits(learner, quiet=True)
    assert caught.value.key == key
    await classroom.train(replace(learner, is_teacher=False), PLACE)


async def test_the_teacher_of_the_page_limits_its_learners(classroom: Classroom) -> None:
    """Who types in the terminal beside the page is its teacher."""
    line = parse("/class-limits epochs:3 quiet:no")
    command = COMMANDS[line.name]
    await command.run(classroom, Request(PAGE_TEACHER), **arguments(command, line, (), lambda _: None))  # type: ignore[arg-type,return-value]
    sentence = (await refused(classroom, VISITOR, epochs=4)).sentence("en")
    assert "at most 3 epochs (set by the teacher of this page)" in sentence
    await classroom.train(PAGE_TEACHER, PLACE, epochs=50)


@pytest.mark.parametrize(
    ("typed", "key"),
    [("epochs:0", "range"), ("epochs:51", "range"), ("trainings:4", "range"), ("recipes:soup", "recipes")],
)
async def test_values_that_mean_nothing(classroom: Classroom, tom: Learner, typed: str, key: str) -> None:
    line = parse(f"/class-limits {typed} quiet:yes")
    with pytest.raises(ClassroomError) as caught:
        await classroom.class_limits(GRAY, **line.options)
    assert caught.value.key == f"limits_{key}"
    await classroom.train(tom, PLACE)  # nothing has changed


async def test_a_teacher_who_is_forgotten_leaves_no_name(classroom: Classroom, store: Store, tom: Learner) -> None:
    for guild_id in ("7", "6"):
        await classroom.class_limits(replace(GRAY, guild_id=guild_id), epochs=5)
    await classroom.forget_everything(GRAY)
    assert all("Gray" not in value and '"5"' not in value for value in (await store.facts("limits:")).values())
    assert "(set by a teacher)" in (await refused(classroom, tom, epochs=6)).sentence("en")  # it goes on to hold


async def test_without_the_database_the_last_known_limits_hold(
    classroom: Classroom, store: Store, tom: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    await classroom.class_limits(GRAY, epochs=5)

    async def locked(key: str) -> None:
        raise StoreError("database_locked", path="classroom.sqlite3", problem="database is locked")

    monkeypatch.setattr(store, "fact", locked)
    assert (await refused(classroom, tom, epochs=6)).key == "limit_epochs"
    await classroom.train(tom, PLACE, epochs=5)


async def test_who_takes_turns(classroom: Classroom, engine: "FakeEngine", mei: Learner, tom: Learner) -> None:
    alone = [replace(mei, guild_id=None), replace(tom, guild_id=None)]  # in direct messages
    for learner in (mei, tom, VISITOR, PAGE_TEACHER, *alone):
        await classroom.train(learner, PLACE)
    groups = [job.group for job in engine.jobs]
    assert groups[:4] == ["7", "7", PAGE, PAGE]
    assert len(set(groups[4:]) - {"7", PAGE}) == 2  # each is a class of their own
    assert [job.owner for job in engine.jobs] == ["1", "2", "page-1", LOCAL, "1", "2"]
