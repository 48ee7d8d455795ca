// Folds the side menu on wide screens, and closes the user's panel on Escape or a click elsewhere.

const root = document.documentElement;
const button = document.querySelector("[data-fold-menu]");

function show(folded) {
  if (folded) root.dataset.menu = "folded";
  else delete root.dataset.menu;
  button.setAttribute("aria-expanded", String(!folded));
  button.lastElementChild.textContent = folded ? button.dataset.unfold : button.dataset.fold;
  button.title = folded ? button.dataset.unfold : "";
}

if (button) {
  show(root.dataset.menu === "folded");
  button.addEventListener("click", () => {
    const folded = root.dataset.menu !== "folded";
    show(folded);
    try {
      localStorage.setItem("menu", folded ? "folded" : "open");
    } catch {
      // Not remembered, but folded all the same.
    }
  });
}

for (const panel of document.querySelectorAll("details.drop")) {
  document.addEventListener("click", (event) => {
    if (panel.open && !panel.contains(event.target)) panel.open = false;
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !panel.open) return;
    panel.open = false;
    panel.querySelector("summary").focus();
  });
}
