"""The WebSocket that screens live on."""
