"""Training: the objective, the loop, its checkpoints, and `fit`, which makes a Space of data."""
