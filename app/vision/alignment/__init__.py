"""Register B to A: candidate motions, and the test that each must pass."""
