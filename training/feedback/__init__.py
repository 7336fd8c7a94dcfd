"""Learning from people's corrections: label trust, reports, fine-tuning, simulated users."""
