// A held 通話定額 changes on the 1st only: while it is to be another one, today cannot be chosen.
// The server says the same.

const box = document.getElementById("voice-day");
const held = box?.dataset.held;
const form = box?.closest("form");

if (held && form) {
  const told = document.getElementById("voice-day-told");
  const day = (value) => form.querySelector(`input[name="${box.dataset.day}"][value="${value}"]`);
  const today = day(box.dataset.today);
  const first = day(box.dataset.first);
  const look = () => {
    const rate = form.querySelector(`input[name="${box.dataset.rate}"]:checked`)?.value ?? held;
    const changes = rate !== held;
    if (changes && today.checked) first.checked = true;
    today.disabled = changes;
    told.hidden = !changes;
  };
  form.addEventListener("change", look);
  form.addEventListener("reset", () => setTimeout(look));
  look();
}

// A number that is typed is meant.
const target = document.querySelector("input[name=forwarding_number]");
target?.addEventListener("input", () => {
  const on = target.form.querySelector("input[name=call_forwarding][value=on]");
  if (on && target.value) on.checked = true;
});
