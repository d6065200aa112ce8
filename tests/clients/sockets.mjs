// What the library of pages makes of the sockets at SOCKET_URL. Prints one JSON object when it is done: refused, or told of a change.
import { createRequire } from "node:module";
const require = createRequire(process.env.SDK_FOLDER + "/");
const { io } = require("socket.io-client");

const results = { attempts: 0, errors: [], events: [] };
const extraHeaders = process.env.FRAPPE_TOKEN ? { Authorization: `token ${process.env.FRAPPE_TOKEN}` } : {};
const socket = io(process.env.SOCKET_URL, { withCredentials: true, reconnectionAttempts: 3, reconnectionDelay: 10, extraHeaders });
const done = () => { console.log(JSON.stringify({ ...results, active: socket.active })); process.exit(0); };

socket.io.on("reconnect_attempt", () => results.attempts++);
socket.on("connect_error", (error) => { results.errors.push(error.message); setImmediate(() => socket.active || done()); });  // an active one tries again
socket.on("connect", () => { socket.emit("doctype_subscribe", "ToDo"); socket.emit("ping"); });
socket.on("pong", () => console.log("ready"));
socket.onAny((event, message) => { if (event !== "pong") { results.events.push([event, message?.doctype]); done(); } });
