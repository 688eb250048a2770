"""Answers of a trained network to an uploaded picture: /predict, /without and /why."""
