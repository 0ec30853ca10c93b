// The dot in the header: live, polling or reconnecting, and the time of the server's last word.
// A short break is no reason to grey the page.
const STALE_AFTER_MS = 5_000;
const WORDS = { live: "Live", polling: "Polling, 30 s", reconnecting: "Reconnecting" };

function watch(dot) {
  const word = dot.querySelector(".live__word");
  const time = dot.querySelector("time");
  let stale = null;

  document.body.addEventListener("live:state", ({ detail: state }) => {
    if (dot.dataset.state === state) return;
    dot.dataset.state = state;
    word.textContent = WORDS[state];
    clearTimeout(stale);
    document.body.classList.remove("is-stale");
    if (state === "reconnecting")
      stale = setTimeout(() => document.body.classList.add("is-stale"), STALE_AFTER_MS);
  });

  document.body.addEventListener("live:word", () => {
    const now = new Date();
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleTimeString([], { hour12: false });
    dot.title = `Last word from the server ${time.textContent}`;
  });
}

// A page without live events has no dot.
const dot = document.getElementById("live-dot");
if (dot) watch(dot);
