// The view of SignIn. It holds no token: what is pasted goes to the kernel in a message's buffer,
// which nobody logs, and the box is emptied. Elements are made once and kept, so that the focus stays where it was.

function element(kind, properties = {}, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

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
  // Both are there, empty, from the first moment: what appears with its text is not read out.
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

  // The kernel says that it has heard; while a cell runs, some kernels don't for as long.
  let waited;
  function tell(type, buffers) {
    model.send({ type, url: model.get("view").url }, undefined, buffers);
    clearTimeout(waited);
    waited = setTimeout(() => { busy.textContent = BUSY; }, 3000);
  }
  function heard() {
    clearTimeout(waited);
    busy.textContent = "";
  }

  open.addEventListener("click", () => tell("start"));
  cancel.addEventListener("click", () => tell("cancel"));
  signOut.addEventListener("click", () => tell("sign_out"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value;
    box.value = "";
    if (text) tell("paste", [new TextEncoder().encode(text).buffer]);
  });
  // Lab's and Notebook's own shortcuts must not see what is typed here.
  for (const kind of ["keydown", "keypress", "keyup"]) {
    box.addEventListener(kind, (event) => event.stopPropagation());
  }

  const words = { idle: "Sign in to Imgur", failed: "Try again", waiting: "Open Imgur ↗", pasting: "Open Imgur ↗" };
  let shown = "";

  // What had the focus here last: the browser drops it from what is hidden, at a moment of its own.
  let last = null;
  root.addEventListener("focusin", (event) => { last = event.target; });
  root.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !root.contains(event.relatedTarget)) last = null;
  });

  function draw() {
    const view = model.get("view");
    const waiting = view.status === "waiting" || view.status === "pasting";
    open.hidden = view.status === "signed_in";
    open.textContent = words[view.status] ?? "";
    if (view.url) open.href = view.url;
    else open.removeAttribute("href");
    cancel.hidden = !waiting;
    signOut.hidden = view.status !== "signed_in";
    details.hidden = !waiting;
    // Set only when it is another text: it is read out each time.
    if (status.textContent !== view.text) status.textContent = view.text;
    root.dataset.status = view.status;
    if (view.status !== shown) {
      if (view.status === "pasting") details.open = true;
      else if (!waiting) details.open = false;
      box.value = "";
      // Whoever works by keyboard is not left on a control that has gone.
      const nowhere = !document.activeElement || document.activeElement === document.body;
      if (last?.closest("[hidden]") && (nowhere || root.contains(document.activeElement))) {
        (signOut.hidden ? open : signOut).focus();
      }
    }
    shown = view.status;
  }

  model.on("change:view", draw);
  model.on("msg:custom", heard);
  draw();
  el.append(root);
  return () => {
    clearTimeout(waited);
    model.off("change:view", draw);
    model.off("msg:custom", heard);
  };
}

export default { render };
