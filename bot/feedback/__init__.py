"""Right or wrong: counts of what people pressed, and the faces that they agreed to give."""
