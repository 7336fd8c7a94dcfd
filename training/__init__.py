"""Build and measure the models. The only room with TensorFlow and Keras."""
