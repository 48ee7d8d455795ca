// Loaded before the page is drawn, so that a folded menu does not flash open.
try {
  if (localStorage.getItem("menu") === "folded") document.documentElement.dataset.menu = "folded";
} catch {
  // Storage is switched off: the menu is simply open.
}
