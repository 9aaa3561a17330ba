"""Emergency calls to 113, 114, 115 and 112, and the units that answer them."""
