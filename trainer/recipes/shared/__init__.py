"""What recipes share: layers, the learning-rate schedule, augmentation. All of it imports Keras."""
