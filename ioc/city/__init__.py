"""The city's deployment profile: data about one city, checked before use."""
