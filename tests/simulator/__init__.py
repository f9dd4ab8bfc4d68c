"""The simulator, seen through real sockets."""
