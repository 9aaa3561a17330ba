// The peer that one would write on Node: the library `ws`, one `send` a client. usage: node fanout_node.mjs PORT
// Every byte on stdin publishes one message: the text in the environment variable MESSAGE.
import { createRequire } from "node:module";

const require = createRequire(new URL("../web/package.json", import.meta.url));
const { WebSocketServer } = require("ws");

const message = Buffer.from(process.env.MESSAGE);
const screens = new Set();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false });
server.on("connection", screen => {
    screens.add(screen);
    screen.on("close", () => screens.delete(screen));
    screen.send('{"t":"sys.hb","d":{}}');
});
server.on("listening", () => console.log("ready"));
process.stdin.on("data", bytes => {
    for (let sent = 0; sent < bytes.length; sent++)
        for (const screen of screens) screen.send(message, { binary: false });
});
process.stdin.on("end", () => process.exit(0));
