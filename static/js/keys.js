// `g` and a letter goes somewhere, `/` to the page's filter or the tenant list, `?` shows what there is.
const SECOND_KEY_MS = 1_200;

let goUntil = 0;

function isTyping(target) {
  return target.isContentEditable || target.matches("input, select, textarea");
}

function go(letter) {
  document.querySelector(`[data-go="${CSS.escape(letter)}"]`)?.click();
}

function find() {
  const filter = document.querySelector("[data-slash]");
  if (filter) filter.focus();
  else document.getElementById("menu-tenants")?.showPopover();
}

const ACTS = {
  "/": find,
  "?": () => document.getElementById("shortcuts").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (performance.now() < goUntil) {
    goUntil = 0;
    go(event.key);
    return;
  }
  if (event.key === "g") {
    goUntil = performance.now() + SECOND_KEY_MS;
  } else if (event.key in ACTS) {
    event.preventDefault();
    ACTS[event.key]();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (!opener) return;
  opener.closest("[popover]")?.hidePopover();
  document.getElementById(opener.dataset.opens).showModal();
});
