// The summary of errors takes the focus; its links lead to the field itself; passwords can be shown.

document.querySelector("[data-focus]")?.focus();

// The skip link leaves no #main in the address: it survives sending and redirects, and takes the focus from the summary
// and from the first field of the page that follows.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});

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
