// A finished lane shows its check for a while, then fades; its row is in the finished list already.
const SHOWN_MS = 8_000;
const FADE_MS = 600;

const watched = new Set();
const faded = new Set();

function fade(lane) {
  if (lane.classList.contains("is-leaving")) return;
  lane.classList.add("is-leaving");
  faded.add(lane.dataset.key);
  setTimeout(() => lane.remove(), FADE_MS);
}

function watchFinished() {
  for (const lane of document.querySelectorAll("[data-finished]")) {
    const key = lane.dataset.key;
    // The server may show it longer than we do.
    if (faded.has(key) && !lane.classList.contains("is-leaving")) lane.remove();
    if (watched.has(key)) continue;
    watched.add(key);
    setTimeout(
      () => document.querySelectorAll(`[data-finished][data-key="${CSS.escape(key)}"]`).forEach(fade),
      SHOWN_MS,
    );
  }
}

document.body.addEventListener("cell:leaving", (event) => {
  event.preventDefault();
  fade(event.target);
});
document.body.addEventListener("htmx:afterSwap", watchFinished);
watchFinished();
