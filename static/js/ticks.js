// Ticked rows of a list: how many there are, and all of the page at once. The list is exchanged by htmx: nothing is kept.

function boxes(form) {
  return [...form.querySelectorAll("tbody input[type='checkbox']")];
}

function tell(form) {
  const all = boxes(form);
  const ticked = all.filter((box) => box.checked).length;
  const whole = form.querySelector("[data-tick-all]");
  if (whole) {
    whole.checked = ticked === all.length;
    whole.indeterminate = ticked > 0 && ticked < all.length;
  }
  const place = form.querySelector("[data-ticked]");
  if (place) place.textContent = ticked ? place.dataset.text.replace("{n}", ticked) : "";
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-ticks]");
  if (!form) return;
  if (event.target.matches("[data-tick-all]")) for (const box of boxes(form)) box.checked = event.target.checked;
  tell(form);
});

// The browser keeps ticks when one comes back to the page.
for (const form of document.querySelectorAll("form[data-ticks]")) tell(form);
