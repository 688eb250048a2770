"""Figures of a run as the questions use them: plain values with a unit, by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from trainer.language import Language, class_name

# A whole number; a share in percent; a difference of shares in percentage points; a loss in nats, or what is mistaken
# for one; a size in 1000 bytes; a class 0 ... 9; a word that is the same in every language.
Unit = Literal["count", "percent", "points", "decimal", "kilobytes", "garment", "word"]
_GROUPED: Final = 10_000  # the smallest number that English groups in thousands, as the lessons do


@dataclass(frozen=True)
class Fact:
    """One value with its unit."""

    unit: Unit
    value: float | str

    def shown(self, language: Language) -> str:
        """The value as it stands in a question."""
        if isinstance(self.value, str):
            return self.value
        if self.unit == "garment":
            return class_name(language, int(self.value))
        if self.unit == "percent":
            return f"{self.value:.1f} %"
        if self.unit == "points":
            return f"{self.value:.1f}"
        if self.unit == "decimal":
            return f"{self.value:.3f}"
        whole = _grouped(round(self.value), language)
        return f"{whole} kB" if self.unit == "kilobytes" else whole


Facts: TypeAlias = Mapping[str, Fact]  # by name; empty without a run
Named: TypeAlias = Iterator[tuple[str, float | str]]


def _grouped(number: int, language: Language) -> str:
    return f"{number:,}".replace(",", " ") if language == "en" and abs(number) >= _GROUPED else str(number)


_NAMES: Final[Mapping[Unit, str]] = {
    "word": "dataset recipe",
    "count": "epochs batch_size batch_pixels batch_rows batch_colours parameters train_images train_and_test steps"
    " whole_batches last_batch all_steps all_images double_batch steps_of_double_batch double_steps test_images"
    " test_outputs test_pixels test_rows test_colours test_right test_wrong per_class more_than_guessing more_than_half"
    " worst_images worst_wrong shirts shirts_wrong confused_count confused_back confused_right confused_wrong"
    " best_epoch best_training_epoch",
    "percent": "test_accuracy test_error train_accuracy usual_confidence loss_as_error shirts_right_share"
    " shirts_wrong_share accuracy_none accuracy_mirror accuracy_shift_3",
    "points": "gap",
    "decimal": "test_loss loss_3 test_loss_3 accuracy_3 test_accuracy_3 error_3 loss_last",
    "kilobytes": "parameters_kb train_images_kb train_labels_kb test_images_kb",
    "garment": "best worst worst_taken_for called_worst worst_next confused confused_with falsely"
    " ranked_1 ranked_2 ranked_3 ranked_4 below_1 below_2 above_1 above_2",
}
UNITS: Final[Mapping[str, Unit]] = {name: unit for unit, names in _NAMES.items() for name in names.split()}
