"""Many training steps in one compiled call."""
