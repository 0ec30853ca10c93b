// <input type="checkbox" data-auto-refresh="#part" data-seconds="30"> fetches the part again every so many seconds
// while it is on; a ring beside it empties until then. A person's choice is kept in this browser.
// [data-spins] turns its icon while its own request runs, and for long enough to be seen.
const KEPT = "auto-refresh";
const TICK_MS = 1_000;
const LEAST_SPIN_MS = 600;

function keep(box) {
  const part = document.querySelector(box.dataset.autoRefresh);
  const ring = box.parentElement.querySelector(".ring__left");
  const words = box.parentElement.querySelector(".ring__words");
  const seconds = Number(box.dataset.seconds);
  let left = seconds;

  function show() {
    ring.setAttribute("stroke-dashoffset", String(100 - (100 * left) / seconds));
    words.textContent = `${left} s`;
  }

  function start() {
    left = seconds;
    show();
  }

  setInterval(() => {
    if (!box.checked || document.hidden) return;
    left -= 1;
    if (left <= 0) {
      window.htmx.trigger(part, "refresh");
      left = seconds;
    }
    show();
  }, TICK_MS);

  // However the part was fetched, the next time is counted from then.
  part.addEventListener("htmx:afterSwap", start);
  box.addEventListener("change", () => {
    localStorage.setItem(KEPT, box.checked ? "on" : "off");
    start();
  });
  box.checked = localStorage.getItem(KEPT) === "on";
  start();
}

for (const box of document.querySelectorAll("[data-auto-refresh]")) keep(box);

document.body.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (!("spins" in elt.dataset)) return;
  const seen = new Promise((done) => setTimeout(done, LEAST_SPIN_MS));
  elt.classList.add("is-spinning");
  elt.setAttribute("aria-busy", "true");
  elt.addEventListener(
    "htmx:afterRequest",
    async () => {
      await seen;
      elt.classList.remove("is-spinning");
      elt.removeAttribute("aria-busy");
    },
    { once: true },
  );
});
