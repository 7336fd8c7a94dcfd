"""From a trained network to a model in use: export, model card, registry, promotion checks."""
