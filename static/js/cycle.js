// Cycle view: one cluster at a time, five seconds each. Stops under the pointer, while focused, and on request.
// Under reduced motion it stands until a person chooses.
const TURN_MS = 5_000;
const TICK_MS = 100;

const still = matchMedia("(prefers-reduced-motion: reduce)");

function start(cycle) {
  const slides = () => [...cycle.querySelectorAll("[data-cycle-slide]")];
  const dots = () => [...cycle.querySelectorAll("[data-cycle-dot]")];
  const pause = cycle.querySelector("[data-cycle-pause]");
  let current = 0;
  let spent = 0;

  function show(index) {
    const all = slides();
    current = (index + all.length) % all.length;
    spent = 0;
    all.forEach((slide, place) => {
      const chosen = place === current;
      slide.classList.toggle("is-entering", chosen && slide.hidden);
      slide.hidden = !chosen;
    });
    dots().forEach((dot, place) => dot.setAttribute("aria-pressed", String(place === current)));
    drawProgress();
  }

  function drawProgress() {
    const bar = dots()[current]?.querySelector("progress");
    if (bar) bar.value = (100 * spent) / TURN_MS;
  }

  function rests() {
    return (
      still.matches ||
      document.hidden ||
      pause?.getAttribute("aria-pressed") === "true" ||
      cycle.matches(":hover") ||
      cycle.querySelector(":focus-visible") !== null
    );
  }

  function tick() {
    if (rests() || slides().length < 2) return;
    spent += TICK_MS;
    if (spent >= TURN_MS) show(current + 1);
    else drawProgress();
  }

  cycle.addEventListener("click", (event) => {
    const dot = event.target.closest("[data-cycle-dot]");
    if (dot) show(dots().indexOf(dot));
    if (event.target.closest("[data-cycle-pause]")) {
      pause.setAttribute("aria-pressed", String(pause.getAttribute("aria-pressed") !== "true"));
    }
  });
  cycle.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !event.target.closest("[data-cycle-dot]")) return;
    event.preventDefault();
    show(current + step);
    dots()[current].focus();
  });
  // A cluster that came or went since may have moved the one shown.
  document.body.addEventListener("htmx:afterSwap", () => {
    const shown = slides().findIndex((slide) => !slide.hidden);
    if (slides().filter((slide) => !slide.hidden).length !== 1)
      show(Math.max(0, Math.min(current, slides().length - 1)));
    else current = shown;
  });

  show(0);
  setInterval(tick, TICK_MS);
}

document.querySelectorAll("[data-cycle]").forEach(start);
