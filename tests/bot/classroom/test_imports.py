"""The use cases are light: none of the libraries that draw, train or chat comes with them."""

import subprocess
import sys


def test_the_classroom_brings_no_heavy_library() -> None:
    heavy = "discord tensorflow keras matplotlib cv2 PIL pillow_heif ai_edge_litert distributed numpy"
    code = f"import sys, bot.classroom; print(sorted(set('{heavy}'.split()) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
