// Helps with choosing a new SIP password and its moment. The page is complete without it.

// <div id="strength" data-field="…" data-left="あと{n}文字です。" …><p><span data-words></span></p><span role="status"></span></div>
const hint = document.getElementById("strength");
const field = document.getElementById(hint?.dataset.field);

// weak, fair or strong for eight characters that may be used; what is missing otherwise.
function judged(password) {
  const typed = password.normalize("NFKC").trim();
  if (!typed) return ["", ""];
  if (/[^A-Za-z0-9]/.test(typed)) return ["wrong", hint.dataset.wrong];
  if (typed.length < 8) return ["", hint.dataset.left.replace("{n}", 8 - typed.length)];
  if (typed.length > 8) return ["wrong", hint.dataset.over];
  const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/].filter((kind) => kind.test(typed)).length;
  const level = new Set(typed).size < 5 || kinds === 1 ? "weak" : kinds === 2 ? "fair" : "strong";
  return [level, hint.dataset[level]];
}

if (field) {
  const box = hint.querySelector(".strength");
  const words = hint.querySelector("[data-words]");
  const status = hint.querySelector("[role=status]");
  let timer;
  const tell = () => {
    const [level, text] = judged(field.value);
    box.dataset.level = level;
    words.textContent = text;
    // Spoken once the typing pauses, not with every key.
    clearTimeout(timer);
    timer = setTimeout(() => { status.textContent = text; }, 700);
  };
  field.addEventListener("input", tell);
  field.form.addEventListener("reset", () => setTimeout(tell));
  tell();
}

// The proposal goes into both fields, and is shown there: it has to be copied to a telephone.
for (const button of document.querySelectorAll("[data-use]")) {
  button.addEventListener("click", () => {
    const proposal = document.getElementById(button.dataset.use).textContent.trim();
    for (const id of button.dataset.into.split(" ")) {
      const input = document.getElementById(id);
      input.value = proposal;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      const reveal = document.querySelector(`[data-reveal="${id}"]`);
      if (reveal?.getAttribute("aria-pressed") === "false") reveal.click();
    }
    document.getElementById("proposal-done").textContent = button.dataset.done;
  });
}

// A moment that is typed is meant.
for (const more of document.querySelectorAll(".choice-more")) {
  more.addEventListener("input", () => {
    more.closest(".choice").querySelector("input[type=radio]").checked = true;
  });
}
