// The lever explorer: reads the sliders, asks the emulator for the quantiles of the chosen gap, and redraws the fan.
// The emulator is the one of hbm_model/report/emulator.py; `features`, `readOff` and `quantiles` are its equations.
"use strict";
(() => {
  const holder = document.getElementById("explorer-data");
  if (!holder) return;
  const { levels, levers, gaps, words } = JSON.parse(holder.textContent);
  const box = document.querySelector(".explorer");
  const form = box.querySelector("form");
  const fan = document.getElementById("fan");
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 380, 64, 14, 14, 34];

  // Each lever's way from its level in force, its square, and all products of two.
  const features = (values) => {
    const way = values.map((value, i) => (value - levers[i].now) / (levers[i].high - levers[i].low));
    const products = way.flatMap((one, i) => way.slice(i + 1).map((other) => one * other));
    return [...way, ...way.map((x) => x * x), ...products];
  };

  // Quantiles of a distribution function on a grid, which a polynomial may have bent a little.
  const readOff = (curve, grid) => {
    let top = 0;
    const rising = curve.map((x) => (top = Math.max(top, Math.min(1, Math.max(0, x)))));
    return levels.map((level) => {
      const found = rising.findIndex((x) => x >= level);
      const after = found < 0 ? grid.length - 1 : found;
      const before = Math.max(after - 1, 0);
      const rise = rising[after] - rising[before];
      const step = rise > 0 ? Math.min(1, (level - rising[before]) / rise) : 1;
      return grid[before] + Math.max(0, step) * (grid[after] - grid[before]);
    });
  };

  // Quantiles by quarter at a setting: those of the run, and what the emulator adds. Coefficients are in 1/10,000.
  const quantiles = (gap, moved) =>
    gap.base.map((base, t) => {
      const change = gap.coefficients[0][t].map((_, k) =>
        moved.reduce((sum, x, f) => sum + x * gap.coefficients[f][t][k], 0) / 1e4);
      if (!gap.grid.length) return base.map((x, k) => x * Math.exp(change[k]));
      const curve = gap.curve[t].map((x) => x / 1e4);
      const before = readOff(curve, gap.grid);
      const now = readOff(curve.map((x, k) => x + change[k]), gap.grid);
      return base.map((x, k) => x + now[k] - before[k]).sort((a, b) => a - b);
    });

  const shape = (tag, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    fan.append(made);
  };

  // A round step that makes about five marks.
  const marks = (span) => {
    const rough = span / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * [1, 2, 5, 10].find((x) => x * power >= rough);
  };

  const draw = (gap, now) => {
    const scale = gap.grid.length ? 1 : 100;
    const top = 1.05 * scale * Math.max(...now.map((row) => row[4]), ...gap.base.map((row) => row[4]));
    const low = Math.min(0, scale * Math.min(...now.map((row) => row[0])));
    const [first, last] = [Math.floor(gap.times[0]), Math.ceil(gap.times.at(-1))];
    const x = (time) => LEFT + ((WIDTH - LEFT - RIGHT) * (time - first)) / (last - first);
    const y = (value) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * (value - low)) / (top - low);
    const points = (rows, k) => rows.map((row, t) => `${x(gap.times[t]).toFixed(1)},${y(scale * row[k]).toFixed(1)}`);
    fan.replaceChildren();
    const step = marks(top - low);
    for (let value = Math.ceil(low / step) * step; value <= top; value += step) {
      shape("line", { class: "fan-grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) });
      const label = `${+value.toFixed(6)}${scale === 100 ? " %" : ""}`;
      shape("text", { x: LEFT - 8, y: y(value) + 5, "text-anchor": "end" }, label);
    }
    for (let year = first; year <= last; year += 1 + (last - first > 8)) {
      shape("text", { x: x(year), y: HEIGHT - 8, "text-anchor": year === last ? "end" : "middle" }, year);
    }
    const band = (from, to) => [...points(now, from), ...points(now, to).reverse()].join(" ");
    shape("polygon", { class: "fan-90", points: band(0, 4) });
    shape("polygon", { class: "fan-50", points: band(1, 3) });
    shape("polyline", { class: "fan-base", points: points(gap.base, 2).join(" ") });
    shape("polyline", { class: "fan-median", points: points(now, 2).join(" ") });
  };

  const said = (gap, row) => {
    const scale = gap.grid.length ? 1 : 100;
    const [low, , middle, , high] = row.map((value) => (scale * value).toFixed(1));
    const key = gap.grid.length ? "years" : "percent";
    return words[key].replace("{middle}", middle).replace("{low}", low).replace("{high}", high);
  };

  const tell = (gap, now) => {
    const body = document.querySelector("#fan-table tbody");
    body.replaceChildren(...now.map((row, t) => {
      const line = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = gap.labels[t];
      line.append(head);
      for (const values of [gap.base[t], row]) line.insertCell().textContent = said(gap, values);
      return line;
    }));
    document.getElementById("fan-words").textContent =
      `${gap.title}, ${gap.labels.at(-1)}: ${words.moved} ${said(gap, now.at(-1))}; ${words.base} ${said(gap, gap.base.at(-1))}.`;
  };

  const update = () => {
    const values = levers.map((lever) => {
      const slider = document.getElementById(`lever-${lever.name}`);
      // The level in force need not lie on one of the slider's steps.
      const value = Math.abs(slider.value - lever.now) < slider.step / 2 ? lever.now : +slider.value;
      const text = lever.words.replace("{level}", +(lever.scale * value).toFixed(1));
      const shown = value === lever.now ? `${text} (${words.now})` : text;
      slider.nextElementSibling.textContent = shown;
      slider.setAttribute("aria-valuetext", shown);
      return value;
    });
    const gap = gaps[form.elements.gap.value];
    const now = quantiles(gap, features(values));
    draw(gap, now);
    tell(gap, now);
  };

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  box.hidden = false;
  update();
})();
