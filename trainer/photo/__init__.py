"""From the bytes of any picture file to 28 x 28 pixels in the style of Fashion-MNIST."""
