"""Why a network gave an answer: contributions of hidden units, or the effect of covering parts of the picture."""
