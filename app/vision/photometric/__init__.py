"""Light, tone, sharpness and noise: how B was taken or stored otherwise."""
