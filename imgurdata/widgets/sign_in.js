// View of the SignIn widget. It holds no token: pasted text is sent to the kernel in a message's
// buffer, which is not logged, and the box is emptied. Elements are created once, to keep the focus.

const BUSY =
  "The kernel is busy, and takes this when its cell has ended. If that cell is imd.sign_in(): stop " +
  "it, and run imd.sign_in(paste=True).";

let count = 0;

function render({ model, el }) {
  const id = `imgurdata-address-${++count}`;

  // A plain link, not a popup: browsers and VS Code block those.
  const open = element("a", { className: "imgurdata-button", target: "_blank", rel: "noopener noreferrer" });
  const cancel = element("button", { type: "button", textContent: "Cancel" });
  const signOut = element("button", { type: "button", textContent: "Sign out" });
  // Both exist from the beginning: screen readers do not announce an element that is added with its text.
  const status = element("p", { className: "imgurdata-status" });
  const busy = element("p", { className: "imgurdata-status" });
  status.setAttribute("role", "status");
  busy.setAttribute("role", "status");

  const box = element("input", { id, type: "password", autocomplete: "off", spellcheck: false });
  box.setAttribute("aria-describedby", `${id}-help`);
  const finish = element("button", { type: "submit", textContent: "Finish" });
  const label = element("label", { htmlFor: id, textContent: "Address of the page that Imgur sent you to" });
  const form = element("form", { className: "imgurdata-paste" }, label, box, finish);
  const help = element("p", {
    id: `${id}-help`,
    textContent:
      "Copy the whole address from the browser's address bar, even if that page says it can't be " +
      "reached, and paste it here. If Imgur itself shows an error: since mid-2025 people report " +
      "that its sign-in page fails. A client id alone still reads all that is public.",
  });
  const summary = element("summary", { textContent: "The tab shows an error, or nothing happened here?" });
  const details = element("details", {}, summary, help, form);

  const actions = element("div", { className: "imgurdata-actions" }, open, cancel, signOut);
  const root = element("div", { className: "imgurdata-sign-in" }, actions, status, busy, details);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Sign in to Imgur");

  // The kernel acknowledges each message; some kernels do so only when the running cell has ended.
  let busyTimer;
  function sendMessage(type, buffers) {
    model.send({ type, url: model.get("view").url }, undefined, buffers);
    clearTimeout(busyTimer);
    busyTimer = setTimeout(() => { busy.textContent = BUSY; }, 3000);
  }
  function acknowledged() {
    clearTimeout(busyTimer);
    busy.textContent = "";
  }

  open.addEventListener("click", () => sendMessage("start"));
  cancel.addEventListener("click", () => sendMessage("cancel"));
  signOut.addEventListener("click", () => sendMessage("sign_out"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value;
    box.value = "";
    if (text) sendMessage("paste", [new TextEncoder().encode(text).buffer]);
  });
  keepKeys(box);

  const LABELS = { idle: "Sign in to Imgur", failed: "Try again", waiting: "Open Imgur ↗", pasting: "Open Imgur ↗" };
  let lastStatus = "";

  // Element that last had the focus; browsers remove the focus from hidden elements.
  let lastFocused = null;
  root.addEventListener("focusin", (event) => { lastFocused = event.target; });
  root.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !root.contains(event.relatedTarget)) lastFocused = null;
  });

  function draw() {
    const view = model.get("view");
    const waiting = view.status === "waiting" || view.status === "pasting";
    open.hidden = view.status === "signed_in";
    open.textContent = LABELS[view.status] ?? "";
    if (view.url) open.href = view.url;
    else open.removeAttribute("href");
    cancel.hidden = !waiting;
    signOut.hidden = view.status !== "signed_in";
    details.hidden = !waiting;
    // Only if it has changed: screen readers announce it each time it is set.
    if (status.textContent !== view.text) status.textContent = view.text;
    root.dataset.status = view.status;
    if (view.status !== lastStatus) {
      if (view.status === "pasting") details.open = true;
      else if (!waiting) details.open = false;
      box.value = "";
      // Keyboard users are not left on a hidden control.
      const isUnfocused = !document.activeElement || document.activeElement === document.body;
      if (lastFocused?.closest("[hidden]") && (isUnfocused || root.contains(document.activeElement))) {
        (signOut.hidden ? open : signOut).focus();
      }
    }
    lastStatus = view.status;
  }

  model.on("change:view", draw);
  model.on("msg:custom", acknowledged);
  draw();
  el.append(root);
  return () => {
    clearTimeout(busyTimer);
    model.off("change:view", draw);
    model.off("msg:custom", acknowledged);
  };
}

export default { render };
