"""What every answer tells the browser not to do."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The map draws in a worker made from a blob and decodes pictures from blobs; nothing else is let in.
CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",  # a clip is watched before it leaves
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # not `no-referrer`: with it browsers send `Origin: null` on our own forms
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=31536000; includeSubDomains"


Raw = list[tuple[bytes, bytes]]  # headers as the server sends them, names in lower case


def safe_headers(*, tls: bool) -> Raw:
    """The headers of every answer; `tls` says browsers come by TLS."""
    always = ALWAYS | ({"Strict-Transport-Security": HSTS} if tls else {})
    return [(name.lower().encode(), value.encode()) for name, value in always.items()]


class SafeHeaders:
    """Adds the headers; one that a route has set itself stays."""

    def __init__(self, app: ASGIApp, *, always: Raw) -> None:
        self._app = app
        self._always = always

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                given = {name for name, _ in headers}
                headers += [header for header in self._always if header[0] not in given]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, dressed)
