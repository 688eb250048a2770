"""What recipes share: layers, the learning rate schedule, augmentation."""
