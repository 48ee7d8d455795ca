// Asks the authenticator, and sends its answer along with the form that the button stands in.
//
// <div class="passkey" hidden data-passkey="get|create" data-options="/address/of/the/question/"
//      data-cancelled="…" data-known="…" data-failed="…">
//   <input type="hidden" name="passkey"> <button type="submit">…</button> <p aria-live="polite"></p>
// </div>
// The form's other fields are checked first: a passkey made for a form that is refused would be left over.

const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytes = (words) => Uint8Array.from(atob(words.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const known = (credentials) => (credentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function question(options) {
  const asked = { ...options, challenge: bytes(options.challenge) };
  if (options.user) asked.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) asked.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) asked.allowCredentials = known(options.allowCredentials);
  return asked;
}

function answer(credential) {
  const said = credential.response;
  const response = { clientDataJSON: text(said.clientDataJSON) };
  if (said.attestationObject) {
    response.attestationObject = text(said.attestationObject);
    response.transports = said.getTransports?.() ?? [];
  } else {
    response.authenticatorData = text(said.authenticatorData);
    response.signature = text(said.signature);
    if (said.userHandle) response.userHandle = text(said.userHandle);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function options(box, token) {
  const reply = await fetch(box.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!reply.headers.get("Content-Type")?.startsWith("application/json")) {
    // The session is over, or wants to be confirmed: the page itself knows where to go.
    location.reload();
    return null;
  }
  const told = await reply.json();
  if (!reply.ok) throw new Error(told.detail, { cause: "told" });
  return told;
}

function words(box, error) {
  if (error.cause === "told") return error.message;
  // What browsers say for a refusal, for a prompt that was closed and for one that nobody answered.
  if (error.name === "NotAllowedError" || error.name === "AbortError") return box.dataset.cancelled;
  if (error.name === "InvalidStateError") return box.dataset.known;
  return box.dataset.failed;
}

async function ask(box, form, field) {
  const asked = await options(box, form.elements.csrfmiddlewaretoken.value);
  if (!asked) return;
  const credential = await navigator.credentials[box.dataset.passkey]({ publicKey: question(asked) });
  field.value = JSON.stringify(answer(credential));
  form.submit();
}

for (const box of document.querySelectorAll("[data-passkey]")) {
  // Only where the page is reached safely, and by a browser that knows passkeys.
  if (!window.PublicKeyCredential) continue;
  const form = box.closest("form");
  const field = box.querySelector("input[name=passkey]");
  const button = box.querySelector("button");
  const status = box.querySelector("[aria-live]");
  box.hidden = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    button.disabled = true;
    status.textContent = "";
    try {
      await ask(box, form, field);
    } catch (error) {
      status.textContent = words(box, error);
      button.disabled = false;
      button.focus();
    }
  });
}
// Where there are no passkeys, the page says so.
if (window.PublicKeyCredential) for (const box of document.querySelectorAll("[data-without-passkeys]")) box.hidden = true;
