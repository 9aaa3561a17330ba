"""Cameras: pictures are opened, watched and counted here, and nowhere else. Imports nothing else of the product.

`messages` says what goes between a decoder and whoever keeps it; `children` starts and ends decoders; `decoder` is what
runs in one; `pipeline` is the analysis of one picture after the other, without any of that.
"""
