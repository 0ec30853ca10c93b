// What htmx puts into #dialog opens in it; what is wrong with a form (422) is shown there as well.
//   data-closes  closes it; without scripts the same link leads back to the list
//   data-modal   is not closed by Escape: what it shows is shown once
const dialog = document.getElementById("dialog");

function open() {
  if (!dialog.open) dialog.showModal();
  const first = dialog.querySelector("[aria-invalid=true]") ?? dialog.querySelector("[autofocus]");
  first?.focus();
}

if (dialog) {
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== dialog || event.detail.xhr.status !== 422) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  // Not earlier: htmx itself moves the focus while it settles, away from whoever has begun to type.
  document.body.addEventListener("htmx:afterSettle", (event) => event.detail.target === dialog && open());

  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-closes]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("cancel", (event) => dialog.querySelector("[data-modal]") && event.preventDefault());
  dialog.addEventListener("close", () => dialog.replaceChildren());
}
