/* Thai search without a dictionary. A piece of the text as typed counts most (title, keywords, headings, text);
   then groups of three letters, with tones and like vowels folded, so that misspelt words are found too.
   Works on `input`, so paste and voice work. Without this script the form opens /search/, which lists every page. */
(() => {
  "use strict";
  const boxes = document.querySelectorAll("[data-find]");
  if (!boxes.length) return;
  let docs, idf, loading;

  const tidy = (s) => s.normalize("NFC").replace(/[\u200b-\u200f\u2060\ufeff]/g, "")
    .replace(/\u0e4d([\u0e48-\u0e4b]?)\u0e32/g, "$1\u0e33").replace(/เเ/g, "แ")
    .replace(/[๐-๙]/g, (d) => d.charCodeAt(0) - 0xe50).toLowerCase().replace(/\s+/g, " ").trim();
  const fold = (s) => tidy(s).replace(/[\u0e47-\u0e4e]/g, "").replace(/ใ/g, "ไ").replace(/[ิีึื]/g, "ิ").replace(/[ุู]/g, "ุ")
    .replace(/[^\u0e00-\u0e7fa-z0-9]/g, "");
  const grams = (s) => { const out = new Set(); for (let i = 0; i + 3 <= s.length; i++) out.add(s.slice(i, i + 3)); return out; };

  const load = () => loading ||= fetch("/assets/search.json").then((r) => r.json()).then((rows) => {
    const seen = new Map();
    docs = rows.map((d) => {
      const at = { d, t: tidy(d.t), k: tidy(d.k), h: tidy(d.h), b: tidy(d.s + " " + d.b) };
      at.bare = fold(at.t + at.k + at.h + at.b);
      at.g = grams(at.bare);
      at.head = grams(fold(at.t + at.k));
      for (const g of at.g) seen.set(g, (seen.get(g) || 0) + 1);
      return at;
    });
    idf = (g) => Math.log(1 + docs.length / (1 + (seen.get(g) || 0)));
  });

  const count = (text, q) => text.split(q).length - 1;
  const score = (at, q, qg, total) => {
    let s = 0;
    const words = at.k.split(" ");
    if (at.t === q) s += 60;
    if (at.t.includes(q)) s += 30 + 20 * q.length / at.t.length + (at.t.startsWith(q) ? 12 : 0);
    if (at.k.includes(q)) s += 18 + (words.includes(q) ? 14 + 4 / (1 + words.indexOf(q)) : 0);
    if (at.h.includes(q)) s += 8;
    if (at.b.includes(q)) s += 6 + Math.min(6, count(at.b, q));
    if (!s && at.bare.includes(fold(q)) && fold(q).length > 1) s += 7;
    if (qg.size) {
      let hit = 0, head = 0;
      for (const g of qg) { if (at.g.has(g)) hit += idf(g); if (at.head.has(g)) head += idf(g); }
      if (hit / total >= .34) s += 6 * hit / total + 6 * head / total;
    }
    return s * at.d.w;
  };
  const search = (text) => {
    const q = tidy(text), parts = q.split(" ").filter(Boolean);
    if (q.length < 2) return [];
    const qg = grams(fold(q));
    let total = 0;
    for (const g of qg) total += idf(g);
    return docs.map((at) => {
      let s = score(at, q, qg, total);
      if (parts.length > 1) s += parts.reduce((sum, p) => sum + (p.length > 1 ? score(at, p, new Set(), 1) : 0), 0) / parts.length / 3;
      return [s, at];
    }).filter(([s]) => s > 1.5).sort((a, b) => b[0] - a[0]).slice(0, 12).map(([, at]) => at);
  };

  const snippet = (at, q) => {
    const text = at.d.s + " " + at.d.b, where = text.toLowerCase().indexOf(q);
    const from = where < 60 ? 0 : text.lastIndexOf(" ", where - 30) + 1;
    const space = text.lastIndexOf(" ", from + 130), to = text.length <= from + 130 ? text.length : space > from + 80 ? space : from + 130;
    return (from ? "… " : "") + text.slice(from, to) + (to < text.length ? " …" : "");
  };
  const item = (at, q) => {
    const li = document.createElement("li"), a = li.appendChild(document.createElement("a"));
    a.href = at.d.u;
    a.appendChild(document.createElement("b")).textContent = at.d.t;
    const span = a.appendChild(document.createElement("span")), text = snippet(at, q), where = text.toLowerCase().indexOf(q);
    if (where < 0) span.textContent = text;
    else {
      span.append(text.slice(0, where));
      span.appendChild(document.createElement("mark")).textContent = text.slice(where, where + q.length);
      span.append(text.slice(where + q.length));
    }
    return li;
  };

  boxes.forEach((box, number) => {
    const form = box.closest("form"), list = document.createElement("ol"), says = document.createElement("p");
    list.className = "found"; says.className = "found-says"; says.setAttribute("role", "status");
    const out = document.createElement("div");
    out.className = "results"; out.id = "found-" + number; out.append(says, list); form.append(out);
    const words = form.dataset;
    const show = async () => {
      const q = box.value;
      if (tidy(q).length < 2) { says.textContent = ""; list.replaceChildren(); out.hidden = true; return; }
      await load();
      if (box.value !== q) return;
      const found = search(q);
      says.textContent = found.length ? words.found.replace("{n}", found.length) : words.none;
      list.replaceChildren(...found.map((at) => item(at, tidy(q))));
      out.hidden = false;
    };
    out.hidden = true;
    box.addEventListener("focus", load, { once: true });
    box.addEventListener("input", show);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!list.firstChild) show().then(() => list.querySelector("a")?.focus());
      else list.querySelector("a").focus();
    });
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") { box.value = ""; show(); } });
    if (location.pathname === form.getAttribute("action")) {
      const q = new URLSearchParams(location.search).get("q");
      if (q && !box.closest("header")) { box.value = q; show(); }
    }
  });
})();
