// Copy and print buttons. One listener for the page, because parts of it are replaced while an order is carried out.

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-print], [data-copy]");
  if (!button) return;
  if ("print" in button.dataset) {
    window.print();
    return;
  }
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  await navigator.clipboard.writeText(source.textContent.trim());
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = label; }, 2500);
});
