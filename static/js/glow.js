// What changed glows for a second (css does the glowing).
const GLOW_MS = 1_000;

function glow(className) {
  return ({ target }) => {
    target.classList.add(className);
    setTimeout(() => target.classList.remove(className), GLOW_MS);
  };
}

document.body.addEventListener("cell:changed", glow("is-changed"));
document.body.addEventListener("cell:entered", glow("is-new"));
