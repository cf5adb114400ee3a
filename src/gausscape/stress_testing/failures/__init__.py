"""What is a failure, who judges it, and what do failures share?"""
