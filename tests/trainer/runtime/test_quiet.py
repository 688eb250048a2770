"""What native libraries print is kept off standard error; what a person must hear is not."""

import os
import sys

import pytest

from trainer.runtime.quiet import last_words, quiet_standard_error


def test_only_the_last_words_are_heard(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_standard_error():
        os.write(2, b"a library\n")
        with quiet_standard_error():
            last_words("Stopped.")
        last_words("Stopped again.")
    print("after it", file=sys.stderr)
    last_words("and again.")
    assert capfd.readouterr().err == "Stopped.\nStopped again.\nafter it\nand again.\n"
