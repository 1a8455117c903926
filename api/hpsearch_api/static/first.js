// Before anything is painted: the theme that was chosen, so that a page in the dark does not begin with a flash of white.
// It is no module, since those wait for the document.
(() => {
  try {
    const chosen = localStorage.getItem("hpsearch-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Browsers may forbid storage; the system's theme holds then.
  }
})();
