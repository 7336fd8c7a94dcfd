"""Trying many variants: tuning and ablation."""
