// A list that htmx changes in place (data-addressed): the address bar follows what it shows, so that a reload,
// a bookmark or a colleague gets the same. What is empty is left out of it.
document.body.addEventListener("htmx:afterSwap", (event) => {
  const { target, pathInfo } = event.detail;
  if (!target.hasAttribute("data-addressed")) return;
  const url = new URL(pathInfo.finalRequestPath, location.href);
  for (const [name, value] of [...url.searchParams]) if (!value) url.searchParams.delete(name);
  history.replaceState(null, "", url);
});
