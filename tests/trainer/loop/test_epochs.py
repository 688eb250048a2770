"""Images as a tensor, with or without a copy."""

import numpy as np
import tensorflow as tf

from trainer.data.idx import aligned
from trainer.loop.epochs import as_tensor


def test_images_are_shared_where_their_memory_allows_it() -> None:
    images = aligned((1000, 28, 28))
    images[:] = np.arange(1000)[:, None, None] % 256
    shared = as_tensor(images)
    assert (shared.shape, shared.dtype) == ((1000, 28, 28), tf.uint8)
    assert int(tf.gather(shared, 999)[0, 0]) == 999 % 256
    images[999] = 7  # only to see that there is no copy
    assert int(tf.gather(shared, 999)[0, 0]) == 7
    read_only = images.view()
    read_only.flags.writeable = False
    for other in (images[:, ::-1], images[1:], images[::2], read_only):
        np.testing.assert_array_equal(as_tensor(other).numpy(), other)
