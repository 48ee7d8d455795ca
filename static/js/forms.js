// The summary of errors takes the focus; its links lead to the field itself; passwords can be shown.

// Browsers ignore autofocus where the address has a fragment, and one left by the skip link survives redirects.
const first = document.querySelector("[data-focus]") ?? document.querySelector("[autofocus]");
first?.focus();

// A link to a field scrolls to it by itself; the focus must follow.
for (const link of document.querySelectorAll(".error-summary a[href^='#']")) {
  link.addEventListener("click", (event) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    (field.closest(".field") ?? field).scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  if (!field) continue;
  const [word] = button.childNodes;
  const show = word.textContent;
  const set = (shown) => {
    field.type = shown ? "text" : "password";
    word.textContent = shown ? button.dataset.hide : show;
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => set(field.type === "password"));
  // A password manager saves password fields only.
  field.form?.addEventListener("submit", () => set(false));
}
