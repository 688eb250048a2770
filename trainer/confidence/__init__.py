"""How far an answer can be trusted: calibration, distance from the training data, most similar training images."""
