"""How B lies on A: candidate motions, and the proof that each must pass."""
