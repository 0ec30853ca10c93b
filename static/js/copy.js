// <button data-copies="#id"> puts the text of that element on the clipboard, and says so for a moment.
const SAYS_MS = 2_000;

async function copy(button) {
  const source = document.querySelector(button.dataset.copies);
  const label = button.querySelector("span") ?? button;
  const was = label.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    label.textContent = "Copied";
  } catch {
    // Without a secure connection there is no clipboard: what is selected can still be copied by hand.
    getSelection().selectAllChildren(source);
    label.textContent = "Selected";
  }
  button.setAttribute("aria-live", "polite");
  setTimeout(() => (label.textContent = was), SAYS_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies]");
  // While it still says so, a second click would keep those words for good.
  if (button && !button.hasAttribute("data-said")) {
    button.setAttribute("data-said", "");
    setTimeout(() => button.removeAttribute("data-said"), SAYS_MS);
    copy(button);
  }
});
