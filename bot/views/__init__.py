"""Answers as Discord messages: layout, buttons, the live message of a training, errors."""
