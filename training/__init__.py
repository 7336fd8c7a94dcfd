"""Build and judge the models. The only room with TensorFlow and Keras."""
