"""Space: a fitted codec, the calibrated law of its codes, support gates, and the folder that keeps them."""
