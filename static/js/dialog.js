// <a href="…" data-dialog="#part">: that part of the page it leads to opens in a dialog. Without this it is a link.

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-dialog]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const dialog = document.getElementById("dialog");
  const part = document.getElementById("dialog-part");
  part.replaceChildren();
  await window.htmx.ajax("GET", link.href, { target: part, select: link.dataset.dialog, swap: "innerHTML" });
  const title = part.querySelector("[aria-labelledby]");
  if (!title) {
    // Refused or gone: the page itself says why.
    location.assign(link.href);
    return;
  }
  dialog.setAttribute("aria-labelledby", title.getAttribute("aria-labelledby"));
  dialog.showModal();
  document.getElementById(dialog.getAttribute("aria-labelledby")).focus();
});
