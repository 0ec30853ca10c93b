// Times as the reader wants them: in the reader's zone, as an age that grows, a stopwatch, or a countdown.
const TICK_MS = 1_000;

function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600)
    return whole < 600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d`;
}

const clock = new Intl.DateTimeFormat([], {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const minute = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hour12: false });
const whole = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "long" });

function stopwatch(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const WRITE = {
  time: (at) => clock.format(at),
  minute: (at) => minute.format(at),
  age: (at, now) => `${span((now - at) / 1000)} ago`,
  elapsed: (at, now) => stopwatch((now - at) / 1000),
  countdown: (at, now) => (at > now ? `in ${span((at - now) / 1000)}` : "now"),
};

function write() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[data-clock]")) {
    const at = new Date(element.dateTime);
    const text = WRITE[element.dataset.clock](at, now);
    if (element.textContent !== text) element.textContent = text;
    if (!element.title) element.title = whole.format(at);
  }
}

document.body.addEventListener("htmx:afterSwap", write);
setInterval(write, TICK_MS);
write();
