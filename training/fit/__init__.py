"""Fitting a network: the training loop, batches, augmentation, distillation, weight averaging."""
