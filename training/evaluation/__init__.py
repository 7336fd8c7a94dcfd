"""How good a network is: inference, metrics, calibration, comparisons, plots."""
