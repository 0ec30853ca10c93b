// Arrow keys walk through an open menu.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const menu = step && document.querySelector(".menu:popover-open");
  if (!menu) return;
  const items = [...menu.querySelectorAll(".menu__item")].filter((item) => item.checkVisibility());
  if (!items.length) return;
  event.preventDefault();
  const next = items.indexOf(document.activeElement) + step;
  items[(next + items.length) % items.length].focus();
});
