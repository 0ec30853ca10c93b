// Light, dark, or what the system says. The choice is kept in this browser.
const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function choose(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // The choice holds for this page.
  }
  showChoice();
}

function showChoice() {
  const chosen = root.dataset.theme ?? "system";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]");
  if (choice) choose(choice.dataset.themeChoice);
  if (event.target.closest("[data-theme-toggle]")) {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches;
    choose(isDark ? "light" : "dark");
  }
});

showChoice();
