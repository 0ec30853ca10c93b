// <input data-filter="#list"> hides the children of the list whose data-filter-text lacks what was typed.
function apply(input) {
  const wanted = input.value.trim().toLowerCase();
  for (const item of document.querySelectorAll(`${input.dataset.filter} > [data-filter-text]`)) {
    item.hidden = !item.dataset.filterText.includes(wanted);
  }
}

function applyAll() {
  document.querySelectorAll("[data-filter]").forEach(apply);
}

document.addEventListener("input", (event) => event.target.matches("[data-filter]") && apply(event.target));
document.body.addEventListener("htmx:afterSwap", applyAll);
