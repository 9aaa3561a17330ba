"""OGC API – Features Part 1 over any feature source: parameters in, documents out; no server in it."""
