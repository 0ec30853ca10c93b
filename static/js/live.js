// One WebSocket a page. Each frame becomes an event on <body>, named by its type, with the frame as detail.
// `live:resync`: something was missed, fetch again. `live:poll`: no socket, fetch now and then.
// `live:word`: the server spoke. `live:state`: live, polling or reconnecting.

import { isLeaving } from "./leaving.js";

const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30_000;
const POLL_EVERY_MS = 30_000;
const POLL_AFTER_FAILURES = 2;
const SESSION_ENDED = new Set([4401, 4403]);

const body = document.body;
let lastSeq = body.dataset.liveSeq ? Number(body.dataset.liveSeq) : null;
let failures = 0;
let polling = null;

function tell(type, detail) {
  body.dispatchEvent(new CustomEvent(type, { detail }));
}

function address() {
  const url = new URL(body.dataset.liveUrl, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

function connect() {
  const socket = new WebSocket(address());
  socket.addEventListener("open", () => opened(socket));
  socket.addEventListener("message", (message) => received(JSON.parse(message.data)));
  socket.addEventListener("close", (event) => closed(event.code));
}

function opened(socket) {
  failures = 0;
  clearInterval(polling);
  polling = null;
  tell("live:state", "live");
  tell("live:word");
  if (lastSeq === null) tell("live:resync");
  else socket.send(JSON.stringify({ resume_from: lastSeq }));
}

function received(frame) {
  tell("live:word");
  if (frame.type === "resync") {
    lastSeq = frame.seq ?? null;
    tell("live:resync");
    return;
  }
  if (typeof frame.seq === "number") {
    if (frame.seq === lastSeq) return;
    const expected = lastSeq === null || frame.seq === lastSeq + 1;
    lastSeq = frame.seq;
    // A number that jumps, forwards or back (the stream was started anew), means missed frames.
    if (!expected) tell("live:resync");
  }
  tell(frame.type, frame);
}

function closed(code) {
  if (SESSION_ENDED.has(code)) {
    if (isLeaving()) return;
    location.assign(
      `${body.dataset.signInUrl}?next=${encodeURIComponent(location.pathname + location.search)}`,
    );
    return;
  }
  failures += 1;
  if (failures >= POLL_AFTER_FAILURES) startPolling();
  else tell("live:state", "reconnecting");
  const ceiling = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** failures);
  setTimeout(connect, ceiling / 2 + (Math.random() * ceiling) / 2);
}

function startPolling() {
  if (polling !== null) return;
  polling = setInterval(() => tell("live:poll"), POLL_EVERY_MS);
  tell("live:poll");
}

// While there is no socket, the answers of polling tell whether the server is there.
body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) tell("live:word");
  if (polling !== null) tell("live:state", event.detail.successful ? "polling" : "reconnecting");
});

if (body.dataset.liveUrl) connect();
