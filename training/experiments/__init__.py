"""Compare many training runs: search of hyperparameters, and ablation."""
