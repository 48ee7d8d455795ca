// Copy and print buttons; of a list each item is copied as a line. One listener for the page, because parts of it are
// replaced while an order is carried out.

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-print], [data-copy]");
  if (!button) return;
  if ("print" in button.dataset) {
    window.print();
    return;
  }
  const source = document.getElementById(button.dataset.copy);
  const items = [...source.querySelectorAll("li")];
  const text = items.length ? items.map((item) => item.textContent.trim()).join("\n") : source.textContent.trim();
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Not allowed here: what is selected can be copied by hand.
    getSelection().selectAllChildren(source);
    return;
  }
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = label; }, 2500);
});
