"""Question 3: what happens far out, beyond what was seen, and in the worst case nearby; how likely is failure?"""
