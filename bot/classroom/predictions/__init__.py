"""What a trained network says of an uploaded picture: the answer, the answer without a stage, and the reasons."""
