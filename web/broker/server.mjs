// The broker of a demonstration where no mosquitto is installed: aedes on loopback, with mosquitto's files of users and
// rights. node server.mjs PORT FOLDER
import { pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { Aedes } from "aedes";

const LARGEST_PACKET = 1024 * 1024;
const [port, folder] = process.argv.slice(2);

const passwords = new Map(lines("passwd").map((line) => line.split(":")));
const rights = readRights();

function lines(name) {
  return readFileSync(`${folder}/${name}`, "utf8").split("\n").filter(Boolean);
}

function readRights() {
  const found = new Map();
  let user = "";
  for (const words of lines("acl").map((line) => line.split(" "))) {
    if (words[0] === "user") found.set((user = words[1]), { read: [], write: [] });
    else found.get(user)[words[1]].push(words.slice(2).join(" "));
  }
  return found;
}

function knows(user, password) {
  const [, , iterations, salt, hash] = (passwords.get(user) ?? "").split("$");
  if (!hash) return false;
  const wanted = Buffer.from(hash, "base64");
  const given = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(iterations), wanted.length, "sha512");
  return timingSafeEqual(given, wanted);
}

function covers(filter, topic) {
  const want = filter.split("/");
  const have = topic.split("/");
  if (topic.startsWith("$") && !filter.startsWith("$")) return false;
  for (const [place, level] of want.entries()) {
    if (level === "#") return true;
    if (place >= have.length || (level !== "+" && level !== have[place])) return false;
  }
  return want.length === have.length;
}

const may = (client, what, topic) => (rights.get(client?.user)?.[what] ?? []).some((filter) => covers(filter, topic));

const broker = await Aedes.createBroker({ concurrency: 500, queueLimit: 1000, drainTimeout: 10_000 });

// In mosquitto's words, which the supervisor reads.
function tellRefused({ remoteAddress, remotePort }) {
  const at = Math.floor(Date.now() / 1000);
  const came = `${at}: New connection from ${remoteAddress}:${remotePort} on port ${port}.`;
  appendFileSync(`${folder}/broker.log`, `${came}\n${at}: Client <unknown> disconnected, not authorised.\n`);
}

broker.authenticate = (client, user, password, done) => {
  client.user = user;
  const known = knows(user, password ?? Buffer.alloc(0));
  if (!known) tellRefused(client.conn);
  done(null, known);
};

// As in mosquitto, what may not be written is dropped while the client stays; a too large packet ends its connection.
broker.authorizePublish = (client, packet, done) => {
  if (packet.payload.length > LARGEST_PACKET) return done(new Error("too large"));
  if (client && !may(client, "write", packet.topic)) packet.topic = `$refused/${client.user}`;
  done(null);
};

broker.authorizeForward = (client, packet) => (may(client, "read", packet.topic) ? packet : null);

const server = createServer(broker.handle).listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => {
  server.close();
  broker.close(() => process.exit(0));
});
