// Shows how far a download is. Without this the browser downloads by itself: buttons and addresses are the same.

// What is larger than this is left to the browser: it is kept in memory until it is complete.
const LARGEST = 256 * 1024 * 1024;
const units = ["B", "KB", "MB", "GB"];

// In the units of the page's own sizes.
function words(bytes) {
  const place = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${(bytes / 1024 ** place).toLocaleString(undefined, { maximumFractionDigits: place ? 1 : 0 })} ${units[place]}`;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// All of it; null where it turns out to be larger than what is kept in memory.
async function receive(response, shown) {
  const total = Number(response.headers.get("Content-Length")) || 0;
  const parts = [];
  let received = 0;
  if (total) shown.bar.max = total;
  else shown.bar.removeAttribute("value");
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    received += value.length;
    if (received > LARGEST) return null;
    if (total) shown.bar.value = received;
    shown.count.textContent = total ? `${words(received)} / ${words(total)}` : words(received);
  }
  return new Blob(parts, { type: "application/octet-stream" });
}

async function download(form, button) {
  const address = `${button.formAction}?${new URLSearchParams(new FormData(form))}`;
  const box = form.querySelector("[data-download]");
  const status = form.querySelector("[data-download-status]");
  const stop = box.querySelector("[data-download-stop]");
  const shown = { bar: box.querySelector("progress"), count: box.querySelector("[data-download-count]") };
  const { name } = button.dataset;
  const ending = new AbortController();
  const tell = (what) => { status.textContent = status.dataset[what] + name; };
  box.querySelector("[data-download-name]").textContent = name;
  shown.count.textContent = "";
  shown.bar.removeAttribute("value");
  box.hidden = false;
  tell("begun");
  stop.onclick = () => ending.abort();
  try {
    const response = await fetch(address, { signal: ending.signal, credentials: "same-origin" });
    const isFile = (response.headers.get("Content-Disposition") || "").startsWith("attachment");
    const fits = response.ok && isFile && !(Number(response.headers.get("Content-Length")) > LARGEST);
    const content = fits ? await receive(response, shown) : null;
    if (content === null) {
      // The login, a page that says why not, or more than fits: the browser shows or keeps it.
      ending.abort();
      location.assign(address);
      return;
    }
    save(content, name);
    tell("done");
  } catch {
    tell(ending.signal.aborted ? "stopped" : "failed");
  } finally {
    box.hidden = true;
    if (document.activeElement === document.body) button.focus();
  }
}

for (const form of document.querySelectorAll("form[data-downloads]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.name || !window.ReadableStream) return;
    event.preventDefault();
    // One at a time: a second one would write over the first one's bar.
    if (!form.querySelector("[data-download]").hidden) return;
    download(form, button);
  });
}
