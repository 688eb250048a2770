"""All pictures that are drawn: PNG files in the reader's language, without TensorFlow."""
