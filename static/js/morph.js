// An htmx swap style that changes only what differs, so that a running animation, the focus, a scroll
// position and an open popover survive a refresh. Elements with data-key are matched by it, others by place.
//   data-keep="hidden value"  attributes that belong to the page's own scripts and are left alone
//   data-glow                 `cell:changed` is sent when the text changed
//   data-enter                `cell:entered` is sent when the element is new
//   data-leave                `cell:leaving` is sent before removal; preventDefault() keeps it for its listener to remove
// Classes that begin with `is-` are the scripts' own as well.

function tell(element, type) {
  return element.dispatchEvent(new CustomEvent(type, { bubbles: true, cancelable: true }));
}

function alike(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return false;
  return old.nodeType !== Node.ELEMENT_NODE || old.dataset.key === fresh.dataset.key;
}

function morphAttributes(old, fresh) {
  const kept = new Set((old.dataset.keep ?? "").split(" "));
  const own = [...old.classList].filter((name) => name.startsWith("is-"));
  fresh.classList.add(...own);
  for (const { name, value } of fresh.attributes) {
    if (!kept.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!kept.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

function morphElement(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  const textBefore = "glow" in old.dataset ? old.textContent : null;
  morphAttributes(old, fresh);
  morphChildren(old, fresh);
  if (textBefore !== null && textBefore.trim() !== old.textContent.trim()) tell(old, "cell:changed");
}

function morphNode(old, fresh) {
  if (old.nodeType === Node.ELEMENT_NODE) morphElement(old, fresh);
  else if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
}

function remove(node) {
  const leaves = node.nodeType === Node.ELEMENT_NODE && "leave" in node.dataset;
  if (!leaves || tell(node, "cell:leaving")) node.remove();
}

function byKey(parent) {
  return new Map(
    [...parent.children].filter((child) => child.dataset.key).map((child) => [child.dataset.key, child]),
  );
}

function dropBlanks(parent) {
  for (const node of [...parent.childNodes]) {
    if (node.nodeType === Node.TEXT_NODE && !node.nodeValue.trim()) node.remove();
  }
}

// The first of `node` and its followers that is not on its way out.
function staying(node) {
  while (node?.nodeType === Node.ELEMENT_NODE && node.classList.contains("is-leaving"))
    node = node.nextSibling;
  return node;
}

export function morphChildren(parent, fresh) {
  const known = byKey(parent);
  const wantedKeys = byKey(fresh);
  if (known.size || wantedKeys.size) {
    // In a list of keyed rows, blanks between them would only push rows about (a moved row starts its animation anew).
    dropBlanks(parent);
    dropBlanks(fresh);
  }
  for (const [key, child] of known) if (!wantedKeys.has(key)) remove(child);
  let place = staying(parent.firstChild);
  for (const wanted of [...fresh.childNodes]) {
    const key = wanted.nodeType === Node.ELEMENT_NODE ? wanted.dataset.key : undefined;
    const found = key ? known.get(key) : place;
    if (found && alike(found, wanted)) {
      if (found === place) place = staying(place.nextSibling);
      else parent.insertBefore(found, place);
      morphNode(found, wanted);
    } else {
      parent.insertBefore(wanted, place);
      if (wanted.nodeType === Node.ELEMENT_NODE && "enter" in wanted.dataset) tell(wanted, "cell:entered");
    }
  }
  while (place) {
    const next = staying(place.nextSibling);
    remove(place);
    place = next;
  }
}

window.htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap(style, target, fragment) {
    if (style !== "morph") return false;
    morphChildren(target, fragment);
    return true;
  },
});
