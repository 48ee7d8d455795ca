// Counts down what the page says in full without it: the life of a code, the wait before it may be sent again.
// The page carries seconds left, not a time of day, because the reader's clock may be wrong.

const opened = Date.now();

function left(seconds) {
  return Math.max(0, Math.ceil(seconds - (Date.now() - opened) / 1000));
}

// Each of {d} {h} {m} {s} takes what the larger ones of the pattern have left; {t} is all of it in seconds.
function words(pattern, seconds) {
  let text = pattern.replace("{t}", seconds);
  let rest = seconds;
  for (const [unit, size] of [["{d}", 86400], ["{h}", 3600], ["{m}", 60], ["{s}", 1]]) {
    if (!text.includes(unit)) continue;
    const count = Math.floor(rest / size);
    rest -= count * size;
    text = text.replace(unit, unit === "{s}" ? String(count).padStart(2, "0") : count);
  }
  return text;
}

// <p data-countdown="87" data-text="あと {m}:{s}" data-over="…"><output></output><span role="status"></span></p>
// With data-reload="3" the page is asked for anew so many seconds after the end.
for (const box of document.querySelectorAll("[data-countdown]")) {
  const output = box.querySelector("output");
  const status = box.querySelector("[role=status]");
  const milestones = [30, 10];
  const timer = setInterval(tick, 1000);
  output.hidden = false;

  function tick() {
    const seconds = left(Number(box.dataset.countdown));
    output.textContent = seconds ? words(box.dataset.text, seconds) : box.dataset.over;
    box.classList.toggle("timer--short", seconds <= 15);
    // Spoken twice, not every second.
    if (milestones.includes(seconds)) status.textContent = words(box.dataset.text, seconds);
    if (seconds) return;
    status.textContent = box.dataset.over;
    clearInterval(timer);
    if (box.dataset.reload) setTimeout(() => location.reload(), Number(box.dataset.reload) * 1000);
  }
  tick();
}

// <button data-wait="25" data-text="{t}秒後に再送できます">認証コードを再送する</button>
for (const button of document.querySelectorAll("[data-wait]")) {
  const label = button.textContent;
  const timer = setInterval(tick, 1000);

  function tick() {
    const seconds = left(Number(button.dataset.wait));
    button.disabled = seconds > 0;
    button.textContent = seconds ? words(button.dataset.text, seconds) : label;
    if (!seconds) clearInterval(timer);
  }
  tick();
}
