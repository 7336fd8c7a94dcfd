"""From a fitted network to a model folder: export, model card, registry, promotion checks."""
