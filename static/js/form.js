// A form is sent once and says that it is under way; a password can be looked at.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("[data-busy-label]");
  if (!button) return;
  button.textContent = button.dataset.busyLabel;
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
});

// Back from the next page, the form must be usable again.
addEventListener("pageshow", (event) => event.persisted && location.reload());

for (const button of document.querySelectorAll("[data-reveals]")) {
  const input = document.getElementById(button.dataset.reveals);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}
