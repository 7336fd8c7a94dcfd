"""Draw boxes, numbers and heat maps on photos and clips."""
