"""The course in chat: buttons for letters, forms for numbers and pictures, answers for one person alone."""

import io

import pytest
from PIL import Image

from bot.questions import asked, bank
from tests.loopback import BotProcess, LoopbackDiscord, Message, Person, Upload, rest
from tests.loopback.classroom import CHINESE, wait_finished
from tests.loopback.interactions import Interaction
from trainer.data.practice import draw_practice

MOST_MESSAGES = 160


def answered(server: LoopbackDiscord, interaction: Interaction) -> Message:
    message = server.answer(interaction)
    assert message.ephemeral, "what is said to an answer is for one person alone"
    return message


def learn(server: LoopbackDiscord, person: Person) -> Message:
    return server.answer(server.command(person, "learn"))


def shirt() -> Upload:
    images, _, _, _ = draw_practice(10, 10)
    file = io.BytesIO()
    Image.fromarray(images[0]).save(file, "PNG")
    return Upload("shirt.png", file.getvalue())


def choose(server: LoopbackDiscord, person: Person, message: Message, letter: str) -> None:
    """Choose one of several letters: the message changes in place."""
    server.press(person, message, letter)
    server.wait(lambda: f"{letter} ✓" in [button.label for button in message.buttons], what="the chosen letter")


def right_letter(message: Message, locale: str) -> str:
    """The letter of the right option of a question with four, found by its text."""
    language = "zh-CN" if locale == "zh-CN" else "en"
    for question in bank().questions.values():
        if question.needs_run or question.template.kind != "one":
            continue
        filled = asked(question, {}, "1", language)
        if filled.ask in message.text:
            right = next(option.text for option in filled.options if option.right)
            return next(line for line in message.text.split("\n") if line.endswith(f"** {right}"))[4]
    raise AssertionError(message.text)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_question_is_judged_for_its_person_alone(discord: LoopbackDiscord, locale: str) -> None:
    ada = discord.person("Ada", locale)
    asked_ = learn(discord, ada)
    assert not asked_.ephemeral
    assert [button.label for button in asked_.buttons] == ["A", "B", "C", "D"]
    letter = right_letter(asked_, locale)
    judged = answered(discord, discord.press(ada, asked_, letter))
    assert judged.text.startswith("✅")
    assert bool(CHINESE.search(judged.text)) == (locale == "zh-CN")
    again = answered(discord, discord.press(ada, asked_, letter))
    assert "/learn" in again.text
    following = answered(discord, discord.press(ada, judged, "▶"))
    wrong = next(one for one in "ABCD" if one != right_letter(following, locale))
    judged = answered(discord, discord.press(ada, following, wrong))
    assert judged.text.startswith("❌")
    assert len(judged.buttons) == 2


def test_somebody_else_gets_a_copy_of_their_own(discord: LoopbackDiscord) -> None:
    asked_ = learn(discord, discord.person("Ada"))
    mei = discord.person("Mei", "zh-CN")
    copy = answered(discord, discord.press(mei, asked_, "A"))
    assert copy.text.startswith("这道题是向别人提的")
    assert answered(discord, discord.press(mei, copy, right_letter(copy, "zh-CN"))).text.startswith("✅")
    assert len(asked_.history) == 1, "the question itself stays as it was"


@pytest.mark.slow
def test_the_course_is_walked_through(discord: LoopbackDiscord, bot: BotProcess) -> None:
    """Every step is done for real: six in the exercises, a training with a guess, a picture in a form."""
    ada = discord.person("Ada")
    message, done, forms = learn(discord, ada), set[str](), 0
    for _ in range(MOST_MESSAGES):
        labels = [button.label for button in message.buttons]
        if "🎓" in message.text:
            break
        assert labels, message.text
        if any("Guess" in label for label in labels):
            form = discord.press(ada, message, "Guess")
            training = discord.answer(discord.submit(form, "0.9"))
            assert not training.ephemeral, "a training is one message for the whole class"
            wait_finished(discord, training)
            assert "Your guess was 0.9000" in training.text or "exact" in training.text
            done.add("train")
            message = answered(discord, discord.press(ada, training, "Go on"))
        elif any("Choose a picture" in label for label in labels):
            form = discord.press(ada, message, "Choose a picture")
            predicted = discord.answer(discord.submit(form, shirt()))
            assert " %" in predicted.text
            done.add("predict")
            message = learn(discord, ada)
        elif any("Do it" in label for label in labels):
            button = message.button("Do it")
            done.add(button.custom_id.split(":")[2])
            message = answered(discord, discord.press(ada, message, button))
        elif "A" in labels:
            press = "A"
            if labels[-1] == "✔ Send":
                press = labels[-1]
                for letter in labels[:-1]:
                    choose(discord, ada, message, letter)
            message = answered(discord, discord.press(ada, message, press))
        elif any("Answer" in label for label in labels):
            forms += 1
            message = answered(discord, discord.submit(discord.press(ada, message, "Answer"), "1"))
        else:
            word = "Questions" if any("Questions" in label for label in labels) else "▶"
            message = answered(discord, discord.press(ada, message, word))
    assert "🎓" in message.text, message.text
    assert done == {"load", "explore", "preprocess", "build", "compile", "train", "evaluate", "predict", "summary"}
    assert forms
    progress = discord.answer(discord.command(ada, "progress"))
    assert progress.ephemeral
    assert progress.text.count("read") >= 10


def test_a_form_of_a_process_that_has_ended(discord: LoopbackDiscord) -> None:
    ada = discord.person("Ada")
    form = discord.press(ada, learn(discord, ada), "A")
    discord.answer(form)
    form.modal = {"custom_id": "v1:given:1", "components": [
        {"type": 18, "label": "?", "component": {"type": 4, "custom_id": "x"}}
    ]}  # fmt: skip
    assert "press the button once more" in discord.answer(discord.submit(form, "1")).text
    assert discord.requests(rest.CALLBACK)


def test_forgetting_asks_once_more(discord: LoopbackDiscord) -> None:
    ada = discord.person("Ada")
    learn(discord, ada)
    asked_ = answered(discord, discord.command(ada, "forget-me"))
    assert "for good" in asked_.text
    assert "is deleted" in answered(discord, discord.press(ada, asked_, "Delete")).text
