"""What a run writes to: a format and the sink for its bytes, a view, or several of them."""
