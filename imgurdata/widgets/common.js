// What the widgets share. Elements get text, never HTML: titles and tags are what strangers wrote.

function element(kind, properties = {}, ...children) {
  const created = Object.assign(document.createElement(kind), properties);
  created.append(...children);
  return created;
}

// Keys pressed in a widget must not trigger shortcuts of JupyterLab or Notebook.
function keepKeys(root) {
  for (const kind of ["keydown", "keypress", "keyup"]) {
    root.addEventListener(kind, (event) => event.stopPropagation());
  }
}

