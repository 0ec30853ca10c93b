// The dot in the header: live, polling or reconnecting, and the time of the server's last word.
const WORDS = { live: "Live", polling: "Polling, 30 s", reconnecting: "Reconnecting" };

const dot = document.getElementById("live-dot");
const word = dot.querySelector(".live__word");
const time = dot.querySelector("time");

document.body.addEventListener("live:state", ({ detail: state }) => {
  if (dot.dataset.state === state) return;
  dot.dataset.state = state;
  word.textContent = WORDS[state];
  document.body.classList.toggle("is-stale", state === "reconnecting");
});

document.body.addEventListener("live:word", () => {
  const now = new Date();
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString([], { hour12: false });
  dot.title = `Last word from the server ${time.textContent}`;
});
