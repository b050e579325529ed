// The page to think with. Charges are looked up in the package's tables; the few sums are whole numbers, as in
// hhanalytics/decisions/exploration.py, and a test sets both beside each other. Nothing is sent or loaded.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.texts;
  const charges = data.charges;
  const page = (id) => document.getElementById(id);

  // Words and numbers

  function say(id, values) {
    return words[id].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  function grouped(number) {
    const digits = String(Math.abs(number)).replace(/\B(?=(\d{3})+$)/g, data.group);
    return (number < 0 ? "−" : "") + digits;
  }

  const signed = (number) => (number > 0 ? "+" : "") + grouped(number);

  function tenths(number) {
    return grouped(Math.trunc(number / 10)) + data.decimal + (Math.abs(number) % 10);
  }

  const percent = (number) => tenths(number) + data.units.percent;
  const kroner = (text) => text + data.units.nok;

  // Halves away from zero, as `nearest` does it.
  function nearest(part, whole) {
    const size = Math.floor((2 * Math.abs(part) + whole) / (2 * whole));
    return part < 0 ? -size : size;
  }

  // The state: what the reader has set. Null is not set, an empty text is all.

  function printed(programme) {
    return {
      programme: programme || data.programmes[0].id, price: null, participants: null, growth: 0,
      members: charges ? charges.today.slice() : [], pool: "", show: "",
    };
  }

  const programmeOf = (state) => data.programmes.find((each) => each.id === state.programme);
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function toFragment(state) {
    const start = printed();
    const parts = new URLSearchParams();
    for (const name of ["programme", "price", "participants", "pool", "show"]) {
      if (state[name] !== start[name]) parts.set(name, state[name]);
    }
    if (state.growth) parts.set("growth", String(state.growth / 10));
    if (!same(state.members, start.members)) parts.set("members", state.members.join(","));
    return parts.toString().replace(/%2C/g, ",");
  }

  function whole(text, low, high) {
    return /^\d{1,9}$/.test(text) && Number(text) >= low && Number(text) <= high ? Number(text) : null;
  }

  // What a link says; what does not fit this page is left out and said so.
  function fromFragment(fragment) {
    const state = printed();
    let left = false;
    const known = {
      programme: (text) => (data.programmes.some((each) => each.id === text) ? text : null),
      price: (text) => whole(text, 0, data.largest.price),
      participants: (text) => whole(text, 1, data.largest.participants),
      growth: (text) => (/^\d+(\.\d)?$/.test(text) && data.growths.includes(Math.round(Number(text) * 10)) ? Math.round(Number(text) * 10) : null),
      members: (text) => {
        const names = [...new Set(text.split(",").filter(Boolean))].sort();
        return charges && names.every((name) => charges.municipalities.some((each) => each.id === name)) ? names : null;
      },
      pool: (text) => (charges && charges.pools.some((each) => each.id === text) ? text : null),
      show: (text) => (charges && charges.municipalities.some((each) => each.id === text) ? text : null),
    };
    for (const [name, text] of new URLSearchParams(fragment.replace(/^#/, ""))) {
      const value = Object.hasOwn(known, name) ? known[name](text) : null;
      if (value === null) left = true;
      else state[name] = value;
    }
    return { state, left };
  }

  // What follows: the same sums as `outcome` and `Charges.of` of the package

  function outcome(state) {
    const start = programmeOf(state);
    const none = { cost: null, count: null, per: null, open: false, gain: null };
    if (!start.cost) return { ...none, count: state.participants === null ? start.count : [state.participants, state.participants] };
    const cost = start.cost.map((kr) => nearest(kr * (1000 + state.growth), 1000));
    const count = state.participants === null ? start.count : [state.participants, state.participants];
    if (!count) return { ...none, cost };
    const open = count[1] === null || start.other_work;
    const per = [nearest(cost[0], open ? count[0] : count[1]), nearest(cost[1], count[0])];
    let gain = null;
    if (state.price !== null) gain = [state.price * count[0] - cost[1], open ? null : state.price * count[1] - cost[0]];
    else if (state.participants === null && start.value) {
      gain = [start.value[0] - cost[1], start.value[1] === null ? null : start.value[1] - cost[0]];
    }
    return { cost, count, per, open, gain };
  }

  function paidBy(state) {
    const set = charges && charges.sets[state.members.join(",")];
    if (!set) return null;
    const at = data.growths.indexOf(state.growth);
    const pools = state.pool ? [state.pool] : charges.pools.map((each) => each.id);
    return charges.municipalities.map((_, place) =>
      pools.reduce((sum, pool) => sum + (Object.hasOwn(set, pool) ? charges.tables[set[pool]][at][place] : 0), 0));
  }

  const total = (amounts) => amounts.reduce((sum, kr) => sum + kr, 0);

  // How results are put into words

  function range(pair) {
    if (!pair) return words.not_stated;
    const [low, high] = [grouped(pair[0]), grouped(pair[1])];
    // A dash before a minus sign would be misread.
    return low === high ? low : pair[0] < 0 || pair[1] < 0 ? say("between", { low, high }) : `${low}–${high}`;
  }

  function perText(found) {
    return found.per && found.open ? say("at_most", { value: range(found.per) }) : range(found.per);
  }

  function gainText(found) {
    return found.gain && found.gain[1] === null ? say("at_least", { value: grouped(found.gain[0]) }) : range(found.gain);
  }

  function changeText(before, after) {
    if (!before || !after || before.includes(null) !== after.includes(null)) return "";
    const known = before[1] === null ? [after[0] - before[0]] : [after[0] - before[0], after[1] - before[1]];
    return known[0] === known[known.length - 1] ? signed(known[0]) : say("between", { low: signed(known[0]), high: signed(known[1]) });
  }

  // An external price that the reader has not set: stated in the sources, or not at all.
  const unset = (state) => (programmeOf(state).value ? words.as_printed : words.not_stated);

  // Rows of the table of the programme: label, today, chosen, change, and the numbers behind the chosen.
  function resultRows(state) {
    const start = printed(state.programme);
    const [before, after] = [outcome(start), outcome(state)];
    const assumed = (text, set) => (set ? `${text} (${words.assumed})` : text);
    const stated = programmeOf(state).count_text;
    const counts = (own) => (own === null ? stated : assumed(grouped(own), true));
    const prices = (own) => (own === null ? unset(state) : assumed(grouped(own), true));
    const countChange = state.participants !== null && before.count && before.count[1] !== null
      ? changeText(before.count, after.count) : "";
    return [
      ["cost", range(before.cost), range(after.cost), changeText(before.cost, after.cost), after.cost],
      ["participants", counts(null), counts(state.participants), countChange, after.count],
      ["per", perText(before), perText(after), before.open === after.open ? changeText(before.per, after.per) : "", after.per],
      ["price", prices(null), prices(state.price), "", state.price === null ? null : [state.price]],
      ["gain", gainText(before), gainText(after), changeText(before.gain, after.gain), after.gain],
    ];
  }

  // The rows of the table of the municipalities that are shown, and the sum of all.
  function payingRows(state) {
    const before = paidBy({ ...printed(), pool: state.pool });
    const after = paidBy(state);
    const rows = charges.municipalities.map((each, place) => ({
      id: each.id, name: each.name, before: before[place], after: after && after[place], inside: state.members.includes(each.id),
    }));
    const sum = { id: "", name: words.total, before: total(before), after: after && total(after), inside: true };
    for (const row of rows) {
      row.shareBefore = sum.before ? nearest(1000 * row.before, sum.before) : null;
      row.shareAfter = after && sum.after ? nearest(1000 * row.after, sum.after) : null;
    }
    return { rows: rows.filter((row) => !state.show || row.id === state.show), sum, known: after !== null };
  }

  // Putting it on the page

  function element(name, attributes, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  }

  function heads(table, labels) {
    const cells = labels.map((label, at) => element("th", { scope: "col", class: at ? "right" : "left" }, label));
    table.tHead.replaceChildren(element("tr", {}, ...cells));
  }

  function cell(text, value) {
    const attributes = { class: text === words.not_stated ? "right missing" : "right" };
    if (value !== undefined) attributes["data-value"] = JSON.stringify(value);
    return element("td", attributes, text);
  }

  function showResult(state) {
    page("chosen").textContent = programmeOf(state).name;
    const table = page("result");
    heads(table, [words.row, words.today, words.chosen, words.change]);
    table.tBodies[0].replaceChildren(...resultRows(state).map(([id, before, after, change, value]) =>
      element("tr", { "data-row": id, class: id === "gain" ? "total" : "body" }, element("th", { scope: "row" }, words[id]),
        cell(before), cell(after, value), cell(change))));
  }

  function showPaying(state) {
    if (!charges) return;
    const found = payingRows(state);
    const table = page("paying");
    heads(table, [words.municipality, words.today, words.chosen, words.change, words.share_today, words.share_chosen]);
    const line = (row) => {
      const after = row.after === null ? words.not_stated : grouped(row.after);
      const out = !row.inside && found.known ? element("span", { class: "out" }, ` (${words.outside})`) : "";
      return element("tr", { "data-row": row.id, class: row.id ? "body" : "total" }, element("th", { scope: "row" }, row.name, out),
        cell(grouped(row.before)), cell(after, row.after), cell(row.after === null ? "" : signed(row.after - row.before)),
        cell(typeof row.shareBefore === "number" ? percent(row.shareBefore) : ""),
        cell(typeof row.shareAfter === "number" ? percent(row.shareAfter) : "", row.shareAfter));
    };
    table.tBodies[0].replaceChildren(...found.rows.map(line), line(found.sum));
    page("no-charges").hidden = found.known;
    page("no-charges").textContent = found.known ? "" : words[charges.every_set ? "refused" : "not_tried"];
    page("members-hint").textContent = page("no-charges").textContent;
  }

  // Pictures

  const COLOURS = getComputedStyle(document.documentElement);
  const colour = (name) => COLOURS.getPropertyValue(`--${name}`).trim();
  const SVG = "http://www.w3.org/2000/svg";

  function shape(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function picture(width, height, said) {
    const box = shape("svg", {
      xmlns: SVG, viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": said,
      "font-family": colour("font"), "font-size": 14, fill: colour("ink"),
    });
    box.add = (name, attributes, text) => box.appendChild(shape(name, attributes, text));
    return box;
  }

  // A text that stays inside the picture, beside a point.
  function label(box, text, x, y, width, more) {
    const left = x < width * 0.25;
    const right = x > width * 0.75;
    box.add("text", { x: left ? Math.max(x, 0) : Math.min(x, width), y, "text-anchor": left ? "start" : right ? "end" : "middle", ...more }, text);
  }

  function gainPicture(state, width) {
    const found = outcome(state);
    if (!found.per) return null;
    const even = found.per[1];
    const most = Math.max(2 * even, Math.ceil((state.price || 0) * 1.15), 10);
    const low = (price) => price * found.count[0] - found.cost[1];
    const high = (price) => (found.open ? null : price * found.count[1] - found.cost[0]);
    const [top, bottom] = [Math.max(low(most), high(most) || 0), low(0)];
    const height = 250;
    const x = (price) => 8 + ((width - 16) * price) / most;
    const y = (kr) => 34 + ((height - 84) * (top - kr)) / (top - bottom);
    const box = picture(width, height, say("gain_alt", { even: kroner(perText(found)), gain: `${words.gain}: ${gainText(found)}` }));
    box.add("line", { x1: 0, x2: width, y1: y(0), y2: y(0), stroke: colour("faint") });
    box.add("text", { x: width, y: y(0) + 16, "text-anchor": "end", fill: colour("soft"), "font-size": 13 }, words.zero);
    if (!found.open) {
      const corners = [[0, low], [most, low], [most, high], [0, high]].map(([price, of]) => `${x(price)},${y(of(price))}`);
      box.add("polygon", { points: corners.join(" "), fill: colour("tint"), "fill-opacity": 0.5 });
    }
    box.add("line", { x1: x(0), y1: y(low(0)), x2: x(most), y2: y(low(most)), stroke: colour("accent"), "stroke-width": 2.5 });
    const end = found.open ? say("at_least", { value: grouped(low(most)) }) : range([low(most), high(most)]);
    box.add("text", { x: x(most), y: 18, "text-anchor": "end" }, kroner(end));
    box.add("circle", { cx: x(even), cy: y(0), r: 6, fill: colour("paper"), stroke: colour("accent"), "stroke-width": 2.5 });
    // Above the zero line and left of the point, where the line of the gain does not come.
    const said = [words.break_even, kroner(perText(found))];
    const lines = said.join(" ").length * 7 < x(even) ? [said.join(" ")] : said;
    lines.forEach((line, at) => box.add("text", { x: x(even) - 12, y: y(0) - 12 - 17 * (lines.length - 1 - at), "text-anchor": "end" }, line));
    if (state.price !== null) {
      const at = y(low(state.price));
      box.add("line", { x1: x(state.price), x2: x(state.price), y1: at, y2: height - 40, stroke: colour("ink"), "stroke-dasharray": "2 3" });
      box.add("circle", { cx: x(state.price), cy: at, r: 6, fill: colour("ink") });
      label(box, `${words.your_price}: ${kroner(grouped(state.price))}`, x(state.price), height - 26, width, { "font-weight": 600 });
    }
    box.add("text", { x: x(0), y: height - 6, fill: colour("soft"), "font-size": 13 }, kroner("0"));
    box.add("text", { x: x(most), y: height - 6, fill: colour("soft"), "font-size": 13, "text-anchor": "end" }, kroner(grouped(most)));
    return box;
  }

  function payingPicture(state, width) {
    const found = charges && payingRows(state);
    if (!found || !found.known) return null;
    const narrow = width < 480;
    const [names, figures, step] = [narrow ? 0 : 130, 110, narrow ? 66 : 48];
    const height = found.rows.length * step + 22;
    const most = Math.max(1, ...found.rows.flatMap((row) => [row.before, row.after]));
    const long = (kr) => Math.max(0, ((width - names - figures - 60) * kr) / most);
    const box = picture(width, height, words.pay_alt);
    found.rows.forEach((row, place) => {
      const first = 22 + place * step + (narrow ? 20 : 0);
      box.add("text", { x: 0, y: narrow ? first - 6 : first + 20, "font-weight": 600 }, row.name);
      [[row.before, words.today, { fill: colour("paper"), stroke: colour("accent") }], [row.after, words.chosen, { fill: colour("accent"), stroke: colour("accent") }]]
        .forEach(([kr, said, look], at) => {
          const top = first + at * 18;
          const text = at && !row.inside && !kr ? words.outside : grouped(kr);
          box.add("text", { x: names, y: top + 11, fill: colour("soft"), "font-size": 12 }, said);
          box.add("rect", { x: names + 56, y: top + 0.5, width: long(kr), height: 13, ...look });
          box.add("text", { x: names + 62 + long(kr), y: top + 12, "font-size": 13 }, text);
        });
    });
    return box;
  }

  function poolName(state) {
    const found = charges && charges.pools.find((each) => each.id === state.pool);
    return found ? found.name : page("pool") ? page("pool").options[0].text : "";
  }

  const gainTitle = (state) => say("gain_chart", { programme: programmeOf(state).name });
  const payTitle = (state) => say("pay_chart", { year: charges.year, pool: poolName(state) });

  function showPictures(state) {
    const place = (id, title, draw, otherwise) => {
      const figure = page(id);
      if (!figure) return;
      const box = figure.querySelector(".drawn");
      const made = draw(state, Math.max(240, Math.floor(box.clientWidth)));
      figure.querySelector("figcaption").textContent = title(state);
      box.replaceChildren(made || otherwise);
      figure.hidden = !made && !otherwise;
    };
    place("gain-chart", gainTitle, gainPicture, words.gain_unknown);
    place("paying-chart", payTitle, payingPicture, "");
  }

  // Everything in one picture, to keep: what was assumed, then both drawings.
  function wholePicture(state) {
    const width = 900;
    const lines = assumptions(state).map(([name, text]) => `${name}: ${text}`);
    const parts = [[gainTitle(state), gainPicture(state, width)], charges && [payTitle(state), payingPicture(state, width)]]
      .filter((each) => each && each[1]);
    const before = 60 + lines.length * 22;
    const height = parts.reduce((sum, [, drawn]) => sum + Number(drawn.getAttribute("height")) + 56, before + 20);
    const box = picture(width + 60, height, data.running);
    const style = shape("style", {}, page("faces").textContent);
    box.append(style);
    box.add("rect", { width: width + 60, height, fill: colour("paper") });
    box.add("text", { x: 30, y: 42, "font-size": 22, "font-weight": 600 }, data.running);
    lines.forEach((line, at) => box.add("text", { x: 30, y: 72 + at * 22, fill: colour("soft") }, line));
    let top = before;
    for (const [title, drawn] of parts) {
      box.add("text", { x: 30, y: top + 32, "font-size": 17, "font-weight": 600 }, title);
      drawn.setAttribute("x", 30);
      drawn.setAttribute("y", top + 46);
      box.append(drawn);
      top += Number(drawn.getAttribute("height")) + 56;
    }
    return box;
  }

  // To keep

  function assumptions(state) {
    const members = charges ? charges.municipalities.filter((each) => state.members.includes(each.id)).map((each) => each.name) : [];
    const set = (value, text) => (value === null ? text : `${grouped(value)} (${words.assumed})`);
    return [
      [words.programme, programmeOf(state).name],
      [words.price, set(state.price, unset(state))],
      [words.participants, set(state.participants, programmeOf(state).count_text)],
      [words.growth, state.growth ? `${percent(state.growth)} (${words.assumed})` : words.no_growth],
      ...(charges ? [[words.members, members.join(", ")], [words.pool, poolName(state)]] : []),
    ];
  }

  function table(state) {
    const rows = [...assumptions(state), [], [words.row, words.today, words.chosen, words.change]];
    for (const [id, before, after, change] of resultRows(state)) rows.push([words[id], before, after, change]);
    if (charges) {
      const found = payingRows(state);
      rows.push([], [words.municipality, words.today, words.chosen, words.change, words.share_today, words.share_chosen]);
      for (const row of [...found.rows, found.sum]) {
        const share = (each) => (typeof each === "number" ? percent(each) : "");
        rows.push([row.name, row.before, row.after === null ? words.not_stated : row.after, row.after === null ? "" : row.after - row.before,
          share(row.shareBefore), share(row.shareAfter)]);
      }
    }
    return rows;
  }

  // A text that begins like a formula would be run as one by a spreadsheet.
  function field(value) {
    const number = new RegExp(`^[+−]?\\d{1,3}(${data.group}\\d{3})*$`);
    const text = String(value).replace(/^−(?=\d)/, number.test(String(value)) ? "-" : "−");
    const plain = number.test(String(value)) ? text.replaceAll(data.group, "") : text.replaceAll("\u00a0", " ");
    const safe = /^[=+@\t\r]|^-(?!\d)/.test(plain) && !/^\+\d+$/.test(plain) ? `'${plain}` : plain;
    return /[";,\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  function csv(state) {
    const between = data.decimal === "," ? ";" : ",";
    return "\ufeff" + table(state).map((row) => row.map(field).join(between)).join("\r\n") + "\r\n";
  }

  function download(name, content) {
    const address = typeof content === "string" ? content : URL.createObjectURL(content);
    const link = element("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    if (address.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  const svgText = (state) => new XMLSerializer().serializeToString(wholePicture(state));

  function downloadPng(state) {
    const drawn = svgText(state);
    const image = new Image();
    image.onload = () => {
      const canvas = element("canvas", {});
      canvas.width = 2 * image.width;
      canvas.height = 2 * image.height;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => download("explore.png", blob), "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(drawn);
  }

  function address(state) {
    const fragment = toFragment(state);
    // From disk, only the file's name: where it lies says who keeps it.
    const place = location.protocol === "file:" ? location.pathname.split("/").pop() : location.href.split("#")[0];
    return fragment ? `${place}#${fragment}` : place;
  }

  // Controls

  let state = printed();
  let history = [];
  let later = 0;

  function announce(text) {
    clearTimeout(later);
    // Said when the reader pauses, not at each step of a slider.
    later = setTimeout(() => { page("said").textContent = text; }, 400);
  }

  function summary() {
    const found = outcome(state);
    const paid = paidBy(state);
    return say("said", {
      programme: programmeOf(state).name, per: found.per ? kroner(perText(found)) : words.not_stated,
      gain: found.gain ? kroner(gainText(found)) : words.not_stated, paid: paid ? kroner(grouped(total(paid))) : words.not_stated,
    });
  }

  function showControls() {
    const start = programmeOf(state);
    const even = outcome(state).per;
    page("programme").value = state.programme;
    // A field that is being written in is left alone.
    for (const name of ["price", "participants"]) {
      const input = page(name);
      if (document.activeElement !== input || Number(input.value) !== state[name]) {
        input.value = state[name] === null ? "" : state[name];
        input.setAttribute("aria-invalid", "false");
      }
    }
    const slide = page("price-slide");
    const own = outcome(printed(state.programme)).per;
    slide.hidden = !even;
    if (even) {
      slide.max = Math.max(Math.ceil((2 * (own || even)[1]) / 100) * 100, Math.ceil(even[1] / 100) * 100);
      slide.value = state.price === null ? even[1] : state.price;
      slide.setAttribute("aria-valuetext", state.price === null ? `${words.unset}; ${words.break_even} ${kroner(perText(outcome(state)))}` : kroner(grouped(state.price)));
      page("price-marks").replaceChildren(element("option", { value: even[1] }, words.break_even));
    }
    const hint = start.value ? "price_hint_printed" : "price_hint";
    page("price-hint").textContent = even ? say(hint, { value: kroner(perText(outcome(state))) }) : words.price_hint_unknown;
    page("participants-hint").textContent = say("printed_count", { count: start.count_text });
    page("growth").value = data.growths.indexOf(state.growth);
    page("growth").setAttribute("aria-valuetext", state.growth ? percent(state.growth) : words.no_growth);
    page("growth-said").textContent = state.growth ? `${percent(state.growth)} (${words.assumed})` : words.no_growth;
    document.querySelectorAll('[name="member"]').forEach((box) => { box.checked = state.members.includes(box.value); });
    for (const name of ["pool", "show"]) if (page(name)) page(name).value = state[name];
    page("undo").disabled = !history.length;
    page("reset").disabled = same(state, printed());
    page("link").value = address(state);
  }

  function show() {
    showControls();
    showResult(state);
    showPaying(state);
    showPictures(state);
  }

  // Several steps of one slider, or letters of one number, are one step to undo.
  let last = "";

  function change(by, more) {
    const next = { ...state, ...more };
    if (same(next, state)) return;
    if (!by || by !== last) history.push(state);
    last = by;
    state = next;
    window.history.replaceState(null, "", "#" + toFragment(state));
    show();
    announce(summary());
  }

  function number(name, low, high) {
    const input = page(name);
    const empty = input.value === "" && !input.validity.badInput;
    const value = empty ? null : whole(input.value, low, high);
    const wrong = !empty && value === null;
    input.setAttribute("aria-invalid", String(wrong));
    if (!wrong) {
      change(name, { [name]: value });
      showControls();
      return;
    }
    const told = say("bad_number", { low: grouped(low), high: grouped(high) });
    page(`${name}-hint`).textContent = told;
    announce(told);
  }

  function read() {
    const found = fromFragment(location.hash);
    if (!same(found.state, state)) { history.push(state); last = ""; }
    state = found.state;
    show();
    if (found.left) announce(words.bad_link);
  }

  function listen() {
    page("controls").addEventListener("submit", (event) => event.preventDefault());
    page("programme").addEventListener("change", (event) => change("", { programme: event.target.value, price: null, participants: null }));
    page("price").addEventListener("input", () => number("price", 0, data.largest.price));
    page("price-slide").addEventListener("input", (event) => change("slide", { price: Number(event.target.value) }));
    page("participants").addEventListener("input", () => number("participants", 1, data.largest.participants));
    for (const name of ["price", "participants", "price-slide", "growth"]) page(name).addEventListener("change", () => { last = ""; });
    page("growth").addEventListener("input", (event) => change("growth", { growth: data.growths[event.target.value] }));
    document.querySelectorAll('[name="member"]').forEach((box) => box.addEventListener("change", () =>
      change("", { members: [...document.querySelectorAll('[name="member"]:checked')].map((each) => each.value).sort() })));
    for (const name of ["pool", "show"]) if (page(name)) page(name).addEventListener("change", (event) => change("", { [name]: event.target.value }));
    page("undo").addEventListener("click", () => {
      if (!history.length) return;
      state = history.pop();
      last = "";
      window.history.replaceState(null, "", "#" + toFragment(state));
      show();
      announce(summary());
      if (page("undo").disabled) page("reset").disabled ? page("programme").focus() : page("reset").focus();
    });
    page("reset").addEventListener("click", () => {
      change("", printed());
      announce(words.back_to_printed);
      page("undo").focus();
    });
    page("copy").addEventListener("click", async () => {
      page("link").select();
      try {
        await navigator.clipboard.writeText(page("link").value);
        announce(words.copied);
      } catch (error) {
        announce(words.not_copied);
      }
    });
    page("csv").addEventListener("click", () => download("explore.csv", new Blob([csv(state)], { type: "text/csv;charset=utf-8" })));
    page("svg").addEventListener("click", () => download("explore.svg", new Blob([svgText(state)], { type: "image/svg+xml" })));
    page("png").addEventListener("click", () => downloadPng(state));
    window.addEventListener("hashchange", read);
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth !== width) { width = window.innerWidth; showPictures(state); }
    });
  }

  document.querySelectorAll(".live").forEach((each) => { each.hidden = false; });
  const found = fromFragment(location.hash);
  state = found.state;
  listen();
  show();
  if (found.left) announce(words.bad_link);
})();
