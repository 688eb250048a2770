"""Lines piped into the terminal classroom."""

import re
from pathlib import Path

from PIL import Image

from tests.programs import run
from trainer.data.dataset import Dataset
from trainer.runs.folder import Run


def test_a_piped_lesson_from_reading_to_predicting(practice_home: Path, practice: Dataset, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "practice-2.npz").write_bytes((practice_home / "datasets" / "practice-2.npz").read_bytes())
    shoe = tmp_path / "my shoe.png"
    Image.fromarray(practice.test_images[practice.test_labels == 9][0]).save(shoe)
    done = run(
        "bot",
        home,
        lines=f'/explain step:build\n/accuracy\n/train epochs:2 seed:1\n/accuracy\n/predict image:"{shoe}"\nnonsense\n'
        "/train epochs:1000\n/predict image:nothing.png\n/quit\n/accuracy\n",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    before, after = done.stdout.split("epoch 1/2")
    assert "Flatten" in before
    assert not re.search(r"0\.\d{4}", before)  # no figure before there is one
    accuracies = re.findall(r"Test accuracy: (0\.\d{4})", after)
    assert len(accuracies) == 2  # /train and /accuracy; what follows /quit is not read
    assert accuracies[0] == accuracies[1]
    assert "Ankle boot" in after
    assert re.search(r"\n[ \u2591\u2592\u2593\u2588]{28}\n", after)  # what the network saw, without colour
    assert re.search("[\u2592\u2593\u2588]", after)
    assert "Commands begin with a slash" in after
    assert "1000" in after
    assert "nothing.png" in after
    pictures = {path.name.split("-")[0].split(".")[0] for path in (home / "pictures").iterdir()}
    assert pictures == {"build", "curves", "confusion", "seen"}


def test_chinese(practice_run: Run) -> None:
    done = run(
        "bot",
        practice_run.path.parents[1],
        "chat",
        lines="/accuracy\n/help\n/explain\n",
        LC_ALL="zh_TW.UTF-8",
        TUTOR_LANG="",
    )
    assert done.returncode == 0, done.stderr
    assert f"测试准确率：{practice_run.test_accuracy:.4f}" in done.stdout
    assert "练习集" in done.stdout


def test_asking_again_about_the_last_picture(practice_run: Run, practice: Dataset, tmp_path: Path) -> None:
    home = practice_run.path.parents[1]
    pullover = practice.test_images[practice.test_labels == 2][0]
    photograph, own = tmp_path / "photograph.png", tmp_path / "own.png"
    page = Image.new("L", (400, 460), 250)
    page.paste(Image.fromarray(255 - pullover).resize((280, 280)), (60, 80))
    page.save(photograph)
    Image.fromarray(pullover).save(own)
    done = run(
        "bot",
        home,
        lines=f"/why\n/without inverting\n/predict {photograph}\n/without stage:inverting\n/why\n/without cutting-out\n"
        f"/without cutting-out\n/predict {photograph}\n/without sleeves\n/predict {own}\n/without inverting\n/why\n",
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = re.sub(r"\s+", " ", done.stdout)
    for word in (
        r"begin with /predict.*begin with /predict.*Go on with: /without cutting-out /without inverting /why",
        r"Without inverting: the answer is.*Go on with: /without cutting-out /why",
        r"Why \w.*the other 123 units together.*Picture: \S+why-\w+-inverting\.png",
        r"Without cutting out and without inverting: the answer is.*Go on with: /why.*no stage to leave out",
        r"'sleeves' cannot be left out here; what can be: cutting-out, inverting\.",
        r"Go on with: /why There is no stage to leave out with this picture.*Why \w.*Picture: \S+why-\w+\.png",
    ):
        assert re.search(word, said), (word, said)
