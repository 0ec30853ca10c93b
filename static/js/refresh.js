// Parts of the page that fetch themselves again.
//   data-refresh="a b"        events on <body> after which the part is out of date
//   data-refresh-every="250"  least time between two fetches, in ms; what comes meanwhile is fetched at its end
//   data-refresh-at-least="30000"  fetched after that long even when nothing came
// The part itself says `hx-get` and `hx-trigger="refresh"`.

import { isLeaving } from "./leaving.js";

const FASTEST_MS = 250;
const ALWAYS = ["live:resync", "live:poll"];

const waiting = new WeakMap();
const fetchedAt = new WeakMap();
let owedWhileHidden = new Set();

function refresh(part) {
  if (document.hidden) {
    owedWhileHidden.add(part);
    return;
  }
  if (waiting.has(part)) return;
  const least = Number(part.dataset.refreshEvery ?? FASTEST_MS);
  const due = (fetchedAt.get(part) ?? 0) + least - performance.now();
  waiting.set(
    part,
    setTimeout(() => fetchNow(part), Math.max(0, due)),
  );
}

function fetchNow(part) {
  waiting.delete(part);
  fetchedAt.set(part, performance.now());
  window.htmx.trigger(part, "refresh");
}

for (const part of document.querySelectorAll("[data-refresh]")) {
  for (const type of [...part.dataset.refresh.split(" "), ...ALWAYS]) {
    document.body.addEventListener(type, () => refresh(part));
  }
  const atLeast = Number(part.dataset.refreshAtLeast);
  if (atLeast) {
    fetchedAt.set(part, performance.now());
    setInterval(() => performance.now() - fetchedAt.get(part) >= atLeast && refresh(part), atLeast / 6);
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  const owed = owedWhileHidden;
  owedWhileHidden = new Set();
  owed.forEach(refresh);
});

// A part whose fetch failed keeps what it shows, greyed, and says so.
const failed = (event) => event.target.classList.add("is-stale");
document.body.addEventListener("htmx:responseError", failed);
document.body.addEventListener("htmx:sendError", failed);
document.body.addEventListener("htmx:timeout", failed);
document.body.addEventListener("htmx:afterSwap", (event) => event.target.classList.remove("is-stale"));

// An ended session answers with the sign-in page: that belongs in the window, not in a panel.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const asked = new URL(requestConfig.path, location.href).pathname;
  const answered = xhr.responseURL && new URL(xhr.responseURL).pathname !== asked;
  if (answered || xhr.status === 401 || xhr.status === 403) {
    event.detail.shouldSwap = false;
    if (!isLeaving()) location.reload();
  }
});
