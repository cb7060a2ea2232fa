"""Stand-alone terminals as the shop's machine sees them: making and provisioning boards, their register, their sync."""
