"""The closed loop: a platform that learns from what it has seen while the market goes on."""
