// View of the GalleryBrowser widget: filters, sorts and pages here, so that a notebook without a
// kernel does so, too. Only what is picked and what is visible goes to the kernel.

const ORDERS = {
  frame: ["as in the frame", null],
  newest: ["newest first", "time"],
  oldest: ["oldest first", "time"],
  points: ["most points", "points"],
  views: ["most views", "views"],
  comments: ["most comments", "comment_count"],
};
const DAY = 86400;
let browsers = 0;

function field(label, control) {
  return element("label", {}, element("span", { textContent: label }), control);
}

function count(number) {
  return Math.round(number).toLocaleString("en");
}

function render({ model, el }) {
  const columns = model.get("columns");
  const size = columns.id.length;
  const tagsOf = columns.tags.map((tags) => (tags ?? "").toLowerCase().split(/\s+/).filter(Boolean));
  const titles = columns.title.map((title) => (title ?? "").toLowerCase());
  const number = ++browsers;

  const search = element("input", { type: "search", placeholder: "words of the title" });
  const tag = element("input", { type: "search", placeholder: "any tag" });
  tag.setAttribute("list", `imgurdata-tags-${number}`);
  const known = element("datalist", { id: `imgurdata-tags-${number}` });
  const since = element("input", { type: "date" });
  const until = element("input", { type: "date" });
  const order = element("select", {}, ...Object.entries(ORDERS).map(([value, [text]]) =>
    element("option", { value, textContent: text })));
  const bar = element("div", { className: "imgurdata-browser-bar" },
    field("Title", search), field("Tag", tag), known, field("From", since), field("To", until),
    field("Sort", order));
  bar.setAttribute("role", "search");

  const previous = element("button", { type: "button", textContent: "Previous" });
  const next = element("button", { type: "button", textContent: "Next" });
  const clear = element("button", { type: "button", textContent: "Clear picks" });
  const status = element("span", { className: "imgurdata-browser-status" });
  status.setAttribute("role", "status");
  const pager = element("div", { className: "imgurdata-browser-pager" }, previous, next, clear, status);

  const grid = element("div", { className: "imgurdata-browser-grid" });
  grid.setAttribute("role", "listbox");
  grid.setAttribute("aria-label", "Posts");
  grid.setAttribute("aria-multiselectable", "true");
  const help = element("p", {
    className: "imgurdata-browser-help",
    textContent: "Click or space: pick. Enter or double click: open. Arrows: move.",
  });
  const root = element("div", { className: "imgurdata-browser" }, bar, pager, grid, help);
  keepKeys(root);

  const frequency = new Map();
  for (const tags of tagsOf) for (const it of tags) frequency.set(it, (frequency.get(it) ?? 0) + 1);
  [...frequency].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 200).forEach(([it, n]) => {
    known.append(element("option", { value: it, label: `${it} (${n})` }));
  });

  let rows = [];
  let page = 0;
  let current = 0; // position on the page that the Tab key reaches
  let cards = [];
  const revealed = new Set();

  function filtered() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = tag.value.trim().toLowerCase();
    const first = since.value ? Date.parse(`${since.value}T00:00:00Z`) / 1000 : -Infinity;
    const last = until.value ? Date.parse(`${until.value}T00:00:00Z`) / 1000 + DAY : Infinity;
    const out = [];
    for (let row = 0; row < size; row++) {
      if (!words.every((word) => titles[row].includes(word))) continue;
      if (wanted && !tagsOf[row].includes(wanted)) continue;
      const time = columns.time[row];
      if ((since.value || until.value) && (time === null || time < first || time >= last)) continue;
      out.push(row);
    }
    const key = ORDERS[order.value][1];
    if (key) {
      const sign = order.value === "oldest" ? 1 : -1;
      const values = columns[key];
      // What is not known comes last, whatever the direction.
      out.sort((a, b) => {
        if (values[a] === null || values[b] === null) {
          return (values[a] === null) - (values[b] === null) || a - b;
        }
        return sign * (values[a] - values[b]) || a - b;
      });
    }
    return out;
  }

  let timer;
  function update() {
    rows = filtered();
    page = 0;
    current = 0;
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => {
      model.set("visible_rows", rows);
      model.save_changes();
    }, 200);
  }

  function toggle(row) {
    const id = columns.id[row];
    const ids = model.get("selected_ids");
    model.set("selected_ids", ids.includes(id) ? ids.filter((it) => it !== id) : [...ids, id]);
    model.save_changes();
    marks();
  }

  function open(row) {
    const link = columns.link[row];
    if (link) window.open(link, "_blank", "noopener,noreferrer");
  }

  function reveal(row, picture) {
    revealed.add(row);
    picture.classList.remove("imgurdata-browser-mature");
    picture.querySelector(".imgurdata-browser-cover")?.remove();
  }

  function card(row, position) {
    const picture = element("div", { className: "imgurdata-browser-picture" });
    const mature = columns.nsfw[row] && !revealed.has(row);
    const title = columns.title[row] || "(no title)";
    if (columns.picture[row]) {
      const image = element("img", {
        loading: "lazy", decoding: "async", alt: "", referrerPolicy: "no-referrer",
        src: columns.picture[row],
      });
      image.addEventListener("error", () => {
        picture.replaceChildren(element("span", { textContent: "no picture" }));
      });
      picture.append(image);
    } else {
      picture.append(element("span", { textContent: "no picture" }));
    }
    if (mature) {
      picture.classList.add("imgurdata-browser-mature");
      picture.append(element("span", { className: "imgurdata-browser-cover", textContent: "Mature: click or M to show" }));
    }
    const time = columns.time[row];
    const facts = [
      columns.account[row] ? `by ${columns.account[row]}` : "",
      columns.points[row] === null ? "" : `${count(columns.points[row])} points`,
      columns.comment_count[row] === null ? "" : `${count(columns.comment_count[row])} comments`,
      time === null ? "" : new Date(time * 1000).toISOString().slice(0, 10),
    ].filter(Boolean);
    const made = element("div", { className: "imgurdata-browser-card", tabIndex: -1 },
      picture,
      element("div", { className: "imgurdata-browser-title", textContent: title, title }),
      element("div", { className: "imgurdata-browser-facts" },
        ...facts.map((fact) => element("span", { textContent: fact }))),
      element("div", { className: "imgurdata-browser-tags", textContent: columns.tags[row] ?? "" }),
      element("div", { className: "imgurdata-browser-tick", textContent: "✓ picked" }));
    made.setAttribute("role", "option");
    made.setAttribute("aria-label", [title, ...facts, ...(columns.nsfw[row] ? ["mature"] : [])].join(", "));
    made.dataset.id = columns.id[row];
    picture.addEventListener("click", (event) => {
      if (!picture.classList.contains("imgurdata-browser-mature")) return;
      event.stopPropagation();
      reveal(row, picture);
    });
    made.addEventListener("click", () => { focus(position, false); toggle(row); });
    // Whatever brought the focus here, also a click on a covered picture: the keys mean this card.
    made.addEventListener("focus", () => focus(position, false));
    made.addEventListener("dblclick", () => open(row));
    return made;
  }

  function shown() {
    const per = model.get("page_size");
    return rows.slice(page * per, (page + 1) * per);
  }

  function draw() {
    const here = shown();
    cards = here.map(card);
    grid.replaceChildren(...cards);
    if (!here.length) grid.append(element("p", { textContent: size ? "No post passes these filters." : "The frame has no rows." }));
    current = Math.min(current, Math.max(cards.length - 1, 0));
    if (cards[current]) cards[current].tabIndex = 0;
    marks();
  }

  function marks() {
    const per = model.get("page_size");
    const ids = new Set(model.get("selected_ids"));
    for (const made of cards) made.setAttribute("aria-selected", String(ids.has(made.dataset.id)));
    const first = rows.length ? page * per + 1 : 0;
    const last = Math.min((page + 1) * per, rows.length);
    const of = rows.length === size ? count(size) : `${count(rows.length)} (${count(size)} in all)`;
    const range = rows.length ? `${count(first)} to ${count(last)} of ${of}` : `0 of ${count(size)}`;
    const text = `${range} posts; ${count(ids.size)} picked`;
    if (status.textContent !== text) status.textContent = text;
    previous.disabled = page === 0;
    next.disabled = last >= rows.length;
    clear.disabled = ids.size === 0;
  }

  function focus(position, move = true) {
    if (cards[current]) cards[current].tabIndex = -1;
    current = position;
    cards[current].tabIndex = 0;
    if (move) cards[current].focus();
  }

  function turn(step, position) {
    const pages = Math.ceil(rows.length / model.get("page_size"));
    if (page + step < 0 || page + step >= pages) return false;
    page += step;
    current = 0;
    draw();
    if (position !== undefined && cards.length) focus(position < 0 ? cards.length - 1 : position);
    return true;
  }

  grid.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !cards.length) return;
    const across = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across };
    const row = shown()[current];
    if (event.key in steps) {
      const position = current + steps[event.key];
      if (position >= cards.length) turn(1, 0);
      else if (position < 0) turn(-1, -1);
      else focus(position);
    } else if (event.key === "Home") focus(0);
    else if (event.key === "End") focus(cards.length - 1);
    else if (event.key === "PageDown") turn(1, 0);
    else if (event.key === "PageUp") turn(-1, 0);
    else if (event.key === " ") toggle(row);
    else if (event.key === "Enter") open(row);
    else if (event.key === "m" || event.key === "M") reveal(row, cards[current].querySelector(".imgurdata-browser-picture"));
    else return;
    event.preventDefault();
  });
  for (const control of [search, tag, since, until, order]) {
    control.addEventListener("input", update);
  }
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  clear.addEventListener("click", () => {
    model.set("selected_ids", []);
    model.save_changes();
    marks();
  });
  model.on("change:selected_ids", marks);
  model.on("change:page_size", draw);
  rows = filtered();
  draw();
  el.append(root);
  return () => {
    clearTimeout(timer);
    model.off("change:selected_ids", marks);
    model.off("change:page_size", draw);
  };
}

export default { render };
