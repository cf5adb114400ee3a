"""Which combinations of latent bins has a test set shown, and which codes show the rest?"""
