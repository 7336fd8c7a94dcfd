"""Learning from what people pressed: label trust, reports, fine-tuning, simulated users."""
