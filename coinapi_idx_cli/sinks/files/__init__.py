"""Files of `-o`: right whenever they are looked at, whatever happened to the process that wrote them."""
