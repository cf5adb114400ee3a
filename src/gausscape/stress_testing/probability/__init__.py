"""How likely is failure? Subset simulation, its refinement, and the calibrated law that they are put to."""
