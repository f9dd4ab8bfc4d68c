"""Peers that are programs of ours: what a user would write with another library. Run as `python FILE URL`."""
