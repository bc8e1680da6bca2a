"""The learned eye: one network that looks at both pictures and says where something changed."""
