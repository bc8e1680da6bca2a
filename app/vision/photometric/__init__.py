"""Light, tone, sharpness and noise: differences in how B was taken or stored."""
