"""Plug-ins, one folder a domain; none imports another."""
