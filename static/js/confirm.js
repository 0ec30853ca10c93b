// <input data-confirm-word="prod"> keeps its form's submit button disabled until exactly that is typed.
// The server asks for the word as well: without scripts the button is simply there.
function judge(input) {
  const button = input.form.querySelector("[type=submit]");
  button.disabled = input.value !== input.dataset.confirmWord;
}

function judgeAll() {
  document.querySelectorAll("[data-confirm-word]").forEach(judge);
}

document.addEventListener("input", (event) => event.target.matches("[data-confirm-word]") && judge(event.target));
document.body.addEventListener("htmx:afterSwap", judgeAll);
judgeAll();
