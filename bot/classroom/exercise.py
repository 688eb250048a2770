"""One step of the tutorial, really run: its output as Python prints it, what to notice in it, and a picture."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.classroom.accuracy import offer_to_train
from bot.classroom.answer import Answer, Picture
from bot.classroom.learner import Learner
from bot.classroom.result import practice_notice
from bot.classroom.wording import fraction, percent
from bot.exercises import Exercise, Exercises
from bot.texts import texts
from trainer.language import Language, class_name
from trainer.runs.folder import Run

Figures = Mapping[str, Any]  # as the modules of trainer.exercises name them


@dataclass(frozen=True)
class Handful:
    """Five fresh training images, and which class one of them is asked to be."""

    answer: Answer
    asked: int  # the number of that image, from 1
    options: tuple[int, ...]  # four classes in the order in which they are offered
    right: int  # one of them


async def exercise(
    exercises: Exercises, step: str, seed: int, learner: Learner, run: Run | None, *, revealed: bool = False
) -> Answer:
    """Run one of bot.exercises.EXERCISES; without a run, `evaluate` is the offer to train one.

    `explore` asks, or if `revealed` tells the classes of the same images. Errors as in Exercises.run.
    """
    if step == "evaluate" and run is None:
        return offer_to_train("accuracy.none", learner.language)
    made = await exercises.run(step, seed, learner.language, run.path if run else None, revealed=revealed)
    return _answer(step, made, learner.language, run.id if run else "", revealed=revealed)


async def handful(exercises: Exercises, seed: int, learner: Learner) -> Handful:
    """The question of `explore`; `exercise` with the same seed and `revealed` answers it."""
    made = await exercises.run("explore", seed, learner.language, None)
    answer, figures = _answer("explore", made, learner.language, ""), made.figures
    return Handful(answer, figures["asked"], figures["options"], figures["right"])


def _answer(step: str, made: Exercise, language: Language, run: str, *, revealed: bool = False) -> Answer:
    figures, alt = made.figures, f"exercise.{step}_alt"
    match step:
        case "load":
            parts, said = _load(figures, language)
        case "explore" if revealed:
            parts, said = _labels(figures, language)
            alt = "exercise.explore_labels_alt"
        case "explore":
            parts, said = _question(figures, language)
        case "preprocess":
            parts, said = _preprocess(figures, language)
        case "build":
            parts, said = _build(figures, language)
        case "compile":
            parts, said = _compile(figures, language)
        case _:
            parts, said = _evaluate(figures, language, run)
    notice = practice_notice(figures["dataset"], language)
    text = "\n\n".join(part.strip() for part in (*parts, notice) if part)
    if not made.picture:
        return Answer(text)
    return Answer(text, pictures=(Picture(f"exercise-{step}.png", made.picture, texts()(language, alt, **said)),))


def _load(figures: Figures, language: Language) -> tuple[list[str], dict[str, Any]]:
    rows = [(name, dtype, str(shape)) for name, dtype, shape in figures["arrays"]]
    lines = [*_table(rows)]
    for name in ("train", "test"):
        lines += ["", f"np.bincount({name}_labels)", _array(figures[f"{name}_counts"])]
    said = {
        "seconds": f"{figures['seconds']:.1f}",
        "train": sum(figures["train_counts"]),
        "train_each": figures["train_counts"][0],
        "test_each": figures["test_counts"][0],
    }
    return [_code(lines), texts()(language, "exercise.load", **said)], said


def _question(figures: Figures, language: Language) -> tuple[list[str], dict[str, Any]]:
    head = ("image", "min", "max", "mean")
    rows = [(str(n), str(low), str(high), f"{mean:.1f}") for n, (low, high, mean) in enumerate(figures["ranges"], 1)]
    lines = [
        f"indices = {_array(figures['indices'])}",
        f"train_images[indices].shape  {figures['shape']}",
        "",
        *_table([head, *rows], numbers=(0, 1, 2, 3)),
    ]
    said = {"asked": figures["asked"]}
    return [_code(lines), texts()(language, "exercise.explore", **said)], said


def _labels(figures: Figures, language: Language) -> tuple[list[str], dict[str, Any]]:
    labels, answers = figures["labels"], figures["answers"]
    rows = [
        ("train_labels[indices]", _array(labels)),
        ("nearest_mean(train_images[indices], means)", _array(answers)),
    ]
    each = [
        texts()(
            language,
            "exercise.explore_right" if label == answer else "exercise.explore_wrong",
            number=number,
            label=f"**{class_name(language, label)}**",
            answer=class_name(language, answer),
        )
        for number, (label, answer) in enumerate(zip(labels, answers, strict=True), 1)
    ]
    count = sum(label == answer for label, answer in zip(labels, answers, strict=True))
    said = {"count": count, "total": len(labels)}
    lines = [line for row in rows for line in row]
    bullets = "\n".join(f"- {line}" for line in each)
    return [_code(lines), bullets, texts()(language, "exercise.explore_labels", **said)], said


def _preprocess(figures: Figures, language: Language) -> tuple[list[str], dict[str, Any]]:
    rows = [
        (name, one["dtype"], f"min {one['least']:{form}}", f"max {one['largest']:{form}}", f"mean {one['mean']:{mean}}")
        for name, form, mean in (("before", ".0f", ".2f"), ("after", ".1f", ".4f"))
        for one in (figures[name],)
    ]
    said = {
        "index": figures["index"],
        "label": class_name(language, figures["label"]),
        "before": f"{figures['before']['mean']:.2f}",
        "after": f"{figures['after']['mean']:.4f}",
    }
    return [_code(_table(rows)), texts()(language, "exercise.preprocess", **said)], said


def _build(figures: Figures, language: Language) -> tuple[list[str], dict[str, Any]]:
    rows = [(kind, str(shape), str(count)) for kind, shape, count in figures["layers"]]
    table = _table([*rows, ("total", "", str(figures["parameters"]))], numbers=(2,))
    shares = figures["probabilities"]
    answer = max(range(10), key=lambda label: shares[label])
    first, second = ("[" + " ".join(f"{share:.3f}" for share in shares[:5]), " ".join(f"{s:.3f}" for s in shares[5:]))
    said = {
        "parameters": figures["parameters"],
        "index": figures["index"],
        "label": class_name(language, figures["label"]),
        "answer": class_name(language, answer),
        "share": percent(shares[answer]),
    }
    text = texts()(language, "exercise.build", **said)
    lucky = texts()(language, "exercise.build_lucky") if answer == figures["label"] else ""
    return [_code([*table, "", first, f" {second}]"]), text, lucky], said


def _compile(figures: Figures, language: Language) -> tuple[list[str], dict[str, Any]]:
    (before, after), accuracies = figures["loss"], figures["accuracy"]
    rows = [
        (name, f"accuracy: {fraction(accuracy)} - loss: {fraction(loss)}")
        for name, accuracy, loss in zip(("before", "after"), accuracies, figures["loss"], strict=True)
    ]
    said: dict[str, Any] = {"before": f"{before:.3f}", "after": f"{after:.3f}"}
    change = texts()(language, "exercise.compile_fell" if after < before else "exercise.compile_rose", **said)
    said |= {name: figures[name] for name in ("images", "steps", "learning_rate")}
    every = figures["moved"] == figures["images"]
    key = "exercise.compile_all_moved" if every else "exercise.compile_some_moved"
    moved = texts()(language, key, moved=figures["moved"], images=figures["images"])
    said |= {"guessing": f"{figures['guessing_loss']:.3f}", "change": change, "moved": moved}
    return [_code(_table(rows)), texts()(language, "exercise.compile", **said)], said


def _evaluate(figures: Figures, language: Language, run: str) -> tuple[list[str], dict[str, Any]]:
    right, images = figures["right"], figures["images"]
    first = texts()(language, "train.test_accuracy", value=fraction(right / images))
    lines = [f"{right} / {images}", f"accuracy: {fraction(right / images)} - loss: {fraction(figures['loss'])}"]
    said: dict[str, Any] = {"run": f"`{run}`", "images": images, "right": right}
    if right == images:
        return [first, _code(lines), texts()(language, "exercise.evaluate_all_right", **said)], said
    said |= {name: figures[name] for name in ("weakest_right", "weakest_images", "taken_for_count")}
    said |= {
        "weakest": class_name(language, figures["weakest"]),
        "taken_for": class_name(language, figures["taken_for"]),
        "wrong": images - right,
        "shown": len(figures["wrong"]),
        "share": percent(max(confidence for *_, confidence in figures["wrong"])),
    }
    return [first, _code(lines), texts()(language, "exercise.evaluate", **said)], said


def _code(lines: Iterable[str]) -> str:
    return "\n".join(("```", *lines, "```"))


def _array(values: Iterable[int]) -> str:
    """Whole numbers as numpy prints them, all with the width of the widest."""
    cells = [str(value) for value in values]
    width = max(map(len, cells))
    return f"[{' '.join(cell.rjust(width) for cell in cells)}]"


def _table(rows: Iterable[tuple[str, ...]], numbers: tuple[int, ...] = ()) -> list[str]:
    """ASCII cells in columns, two blanks apart; the columns `numbers` are aligned to the right."""
    rows = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
