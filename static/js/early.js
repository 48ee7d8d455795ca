// Loaded before the page is drawn: what only scripts can do appears at once, and a folded menu does not flash open.
document.documentElement.dataset.scripts = "";
try {
  if (localStorage.getItem("menu") === "folded") document.documentElement.dataset.menu = "folded";
} catch {
  // Storage is switched off: the menu is simply open.
}
