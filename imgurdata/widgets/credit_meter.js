// View of the CreditMeter widget.

const WORDS = { good: "", low: "low", empty: "used up" };

function duration(seconds) {
  if (seconds < 90) return `${Math.max(Math.round(seconds), 0)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toFixed(1))} h`;
}

function render({ model, el }) {
  const title = element("p", { className: "imgurdata-meter-title" });
  const list = element("div", { className: "imgurdata-meter-list" });
  const note = element("p", { className: "imgurdata-meter-note" });
  const warning = element("p", { className: "imgurdata-meter-warning" });
  warning.setAttribute("role", "status");
  const root = element("div", { className: "imgurdata-meter" }, title, list, note, warning);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Imgur credits");

  // The session's clock need not be this machine's: time is counted from when the view came.
  let came = Date.now();
  const bars = new Map();

  function bar(limit) {
    if (bars.has(limit)) return bars.get(limit);
    const name = element("span", { className: "imgurdata-meter-name" });
    const number = element("span", { className: "imgurdata-meter-number" });
    const fill = element("div", { className: "imgurdata-meter-fill" });
    const track = element("div", { className: "imgurdata-meter-track" }, fill);
    track.setAttribute("role", "meter");
    track.setAttribute("aria-valuemin", "0");
    const reset = element("span", { className: "imgurdata-meter-reset" });
    const row = element("div", { className: "imgurdata-meter-row" }, name, number, track, reset);
    row.dataset.limit = limit;
    list.append(row);
    const made = { row, name, number, fill, track, reset };
    bars.set(limit, made);
    return made;
  }

  function draw() {
    const view = model.get("view");
    title.textContent = `Credits, ${view.whose}`;
    note.textContent = view.closed
      ? "The session is closed."
      : view.limits.length ? "" : "Nothing known yet: the first answer of Imgur will report it.";
    const warnings = [];
    for (const [limit, made] of bars) {
      made.row.hidden = !view.limits.some((it) => it.limit === limit);
    }
    for (const it of view.limits) {
      const made = bar(it.limit);
      const word = WORDS[it.level] ?? "";
      made.row.dataset.level = it.level;
      made.name.textContent = it.name;
      const of = it.total === null ? "" : ` of ${it.total.toLocaleString("en")}`;
      const text = `${it.left.toLocaleString("en")}${of} left${word ? `, ${word}` : ""}`;
      made.number.textContent = text;
      made.fill.style.width = `${it.total ? Math.min(100, (100 * it.left) / it.total) : 0}%`;
      made.track.setAttribute("aria-label", it.name);
      made.track.setAttribute("aria-valuemax", String(it.total ?? it.left));
      made.track.setAttribute("aria-valuenow", String(it.left));
      made.track.setAttribute("aria-valuetext", text);
      if (word) warnings.push(`${it.name}: ${text}`);
    }
    const said = warnings.join(". ");
    if (warning.textContent !== said) warning.textContent = said;
    tick();
  }

  function tick() {
    const view = model.get("view");
    const now = view.now + (Date.now() - came) / 1000;
    for (const it of view.limits) {
      const made = bar(it.limit);
      if (it.reset_at === null) {
        made.reset.textContent = "";
        continue;
      }
      const clock = new Date(it.reset_at * 1000).toISOString().slice(11, 16);
      const left = it.reset_at - now;
      made.reset.textContent =
        left > 0 ? `full again in ${duration(left)}, at ${clock} UTC` : `full again since ${clock} UTC`;
    }
  }

  function changed() {
    came = Date.now();
    draw();
  }

  model.on("change:view", changed);
  const timer = setInterval(tick, 1000);
  draw();
  el.append(root);
  return () => {
    clearInterval(timer);
    model.off("change:view", changed);
  };
}

export default { render };
