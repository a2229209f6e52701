/// What the page does when somebody points at it. Plain JavaScript; the data are those of ``PageData``.
enum PageScript {
    /// Pictures, and the panel about a code.
    static let common = #"""
        "use strict";
        const page = JSON.parse(document.getElementById("data").textContent);
        const one = (selector, root = document) => root.querySelector(selector);
        const all = (selector, root = document) => [...root.querySelectorAll(selector)];

        /// An element with attributes and children.
        function make(tag, attributes = {}, ...children) {
          const element = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
          element.append(...children);
          return element;
        }

        for (const image of all("img[data-image]")) image.src = page.images[image.dataset.image];

        /// Calls back with a picture of the page that is ready to be drawn.
        const loaded = [];
        function withPicture(index, draw) {
          loaded[index] ??= new Promise(resolve => {
            const picture = new Image();
            picture.onload = () => resolve(picture);
            picture.src = page.images[index];
          });
          loaded[index].then(draw);
        }

        /// Makes one button of a group the pressed one.
        function press(button) {
          for (const other of button.parentElement.children) other.setAttribute("aria-pressed", other === button);
        }

        const percent = thousandths => (thousandths / 10).toFixed(1) + " %";
        const colorOf = (colors, code) => "#" + colors.slice(6 * code, 6 * code + 6);
        const className = (run, id) => run.classes[id]?.[0] ?? "no class";
        const purity = (run, code) => Math.max(0, ...run.histogram[code]);

        function swatch(color) {
          return make("i", { class: "swatch", style: `background:${color}` });
        }

        /// A token of a measured image with what is around it.
        function patch(run, place) {
          const group = page.groups[run.group];
          const cells = group.rows * group.columns;
          const [cell, image] = [place % cells, Math.floor(place / cells)];
          const canvas = make("canvas", { width: 96, height: 96, class: "patch" });
          withPicture(group.gallery[image], picture => {
            const shrink = picture.width / group.width;
            const side = group.factor * shrink, around = Math.max(5 * side, 24 * shrink);
            const x = cell % group.columns * side, y = Math.floor(cell / group.columns) * side;
            // Around the token, and within the picture where that is large enough.
            const start = (place, length) => Math.max(0, Math.min(length - around, place + (side - around) / 2));
            const left = start(x, picture.width), top = start(y, picture.height);
            const context = canvas.getContext("2d"), scale = 96 / around;
            context.drawImage(picture, left, top, around, around, 0, 0, 96, 96);
            for (const [color, width] of [["#000", 4], ["#fff", 2]]) {
              context.strokeStyle = color;
              context.lineWidth = width;
              context.strokeRect((x - left) * scale, (y - top) * scale, side * scale, side * scale);
            }
          });
          return canvas;
        }

        /// Fills a panel with what is known of a code, and of the token that was given it.
        function showCode(panel, r, code, token) {
          const run = page.runs[r], id = run.class[code], shares = run.histogram[code];
          const field = (name, text) => make("span", { "data-field": name }, text);
          const title = make("h3", {}, swatch(colorOf(run.colors, code)), "code ", field("code", code));
          if (page.runs.length > 1) title.append(make("b", { class: `name run${r % 8}` }, run.name));
          const rows = [title];
          if (run.classes.length) {
            rows.push(make("p", { class: "meaning" }, "stands for ", make("b", { "data-field": "class" },
              className(run, id))));
            rows.push(make("p", {}, "purity ", field("purity", shares.length ? percent(purity(run, code)) : "–"),
              ": the share of its tokens that show that class"));
          }
          if (token) {
            const truth = token.label;
            if (truth !== undefined) {
              const isRight = truth === id;
              rows.push(make("p", { class: isRight ? "right" : "wrong" },
                `${isRight ? "✓" : "✗"} this token shows `, field("truth", truth < 0 ? "no class" : className(run, truth))));
            }
            rows.push(make("p", {}, "margin ", field("margin", token.margin.toFixed(3)),
              ": how much farther away the second-best code was"));
          }
          const order = shares.map((share, c) => [share, c]).filter(([share]) => share > 0).sort((a, b) => b[0] - a[0]);
          if (order.length) {
            const bars = order.slice(0, 6).map(([share, c]) => make("li", {}, make("span", {}, className(run, c)),
              make("i", {}, make("i", { style: `width:${share / 10}%;background:${run.classes[c][1]}` })),
              make("span", {}, percent(share))));
            rows.push(make("ul", { class: "bars", "data-field": "histogram" }, ...bars));
            if (order.length > 6) rows.push(make("p", { class: "more" }, `and ${order.length - 6} more classes`));
          }
          const uses = run.uses[code];
          rows.push(make("p", {}, uses ? `chosen ${uses.toLocaleString("en")} times in the measured images` +
            (run.patches[code].length ? "; most clearly here:" : "") : "never chosen in the measured images"));
          rows.push(make("div", { class: "patches" }, ...run.patches[code].map(place => patch(run, place))));
          if (run.neighbors[code].length) {
            rows.push(make("p", {}, "its nearest codes:"));
            rows.push(make("div", { class: "near" }, ...run.neighbors[code].map(other => {
              const chip = make("button", { type: "button" }, swatch(colorOf(run.colors, other)), other);
              chip.title = `${className(run, run.class[other])}, purity ${percent(purity(run, other))}`;
              chip.onclick = () => chooseCode(r, other);
              return chip;
            })));
          }
          panel.replaceChildren(...rows);
        }

        """#

    /// Token maps that answer to pointer and keyboard.
    static let explorer = #"""

        /// The images of a group: which one is shown, how it is colored, and which token is chosen.
        function explore(root) {
          const group = page.groups[root.dataset.group];
          const state = { scene: 0, colors: one("[data-color]", root) ? "colors" : "meanings", opacity: .85, isAsked: false };
          const pairs = all(".pair[data-run]", root), panel = one(".inspector", root);
          const side = Math.max(2, Math.round(960 / group.columns));

          /// The token that is pointed at or, else, the one that was clicked.
          const current = () => state.hover ?? state.chosen;

          function draw() {
            for (const pair of pairs) {
              const r = Number(pair.dataset.run), run = page.runs[r], tokens = run.tokens[state.scene];
              const canvas = one("canvas", pair), context = canvas.getContext("2d");
              const token = current();
              // Until somebody asks, the whole map is shown.
              const code = state.isAsked && token.run === r ? tokens[token.cell] : undefined;
              canvas.width = group.columns * side;
              canvas.height = group.rows * side;
              tokens.forEach((other, cell) => {
                const x = cell % group.columns * side, y = Math.floor(cell / group.columns) * side;
                const isLit = code === undefined || other === code;
                context.globalAlpha = isLit ? (code === undefined ? state.opacity : 1) : state.opacity * .35;
                context.fillStyle = colorOf(run[state.colors], other);
                context.fillRect(x, y, side, side);
              });
              const x = token.cell % group.columns * side, y = Math.floor(token.cell / group.columns) * side;
              context.globalAlpha = 1;
              for (const [color, width] of [["#000", 8], ["#fff", 4]]) {
                context.strokeStyle = color;
                context.lineWidth = width;
                context.strokeRect(x, y, side, side);
              }
            }
            const token = current();
            const run = page.runs[token.run], labels = group.scenes[state.scene].labels;
            showCode(panel, token.run, run.tokens[state.scene][token.cell],
              { margin: run.margins[state.scene][token.cell], label: labels[token.cell] });
          }

          function show(scene) {
            state.scene = scene;
            const { image, truth } = group.scenes[scene];
            for (const picture of all(".bench img.input", root)) picture.src = page.images[image];
            for (const picture of all(".bench img.truth", root)) picture.src = page.images[truth] ?? "";
            for (const pair of pairs) {
              const index = page.runs[pair.dataset.run].reconstructions[scene];
              one("img.output", pair).src = page.images[index ?? image];
            }
            draw();
          }

          for (const pair of pairs) {
            const canvas = one("canvas", pair), run = Number(pair.dataset.run);
            const token = event => {
              const box = canvas.getBoundingClientRect();
              const column = Math.floor((event.clientX - box.left) / box.width * group.columns);
              const row = Math.floor((event.clientY - box.top) / box.height * group.rows);
              const clamp = (value, count) => Math.max(0, Math.min(count - 1, value));
              return { run, cell: clamp(row, group.rows) * group.columns + clamp(column, group.columns) };
            };
            canvas.onpointermove = event => { Object.assign(state, { hover: token(event), isAsked: true }); draw(); };
            canvas.onpointerleave = () => { state.hover = undefined; draw(); };
            canvas.onclick = event => { Object.assign(state, { chosen: token(event), isAsked: true }); draw(); };
            canvas.onkeydown = event => {
              const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -group.columns, ArrowDown: group.columns }[event.key];
              if (!move) return;
              event.preventDefault();
              const cell = state.chosen.cell + move;
              [state.isAsked, state.hover] = [true, undefined];
              state.chosen = { run, cell: Math.max(0, Math.min(group.rows * group.columns - 1, cell)) };
              draw();
            };
          }
          for (const slider of all(".split input", root)) {
            slider.oninput = () => {
              root.style.setProperty("--split", slider.value + "%");
              for (const other of all(".split input", root)) other.value = slider.value;
            };
          }
          for (const button of all("[data-scene]", root)) {
            button.onclick = () => { press(button); show(Number(button.dataset.scene)); };
          }
          for (const button of all("[data-color]", root)) {
            button.onclick = () => { press(button); state.colors = button.dataset.color; draw(); };
          }
          const opacity = one(".opacity", root);
          opacity.oninput = () => { state.opacity = opacity.value / 100; draw(); };
          // A token low in the middle: in most pictures of streets that is the road.
          state.chosen = {
            run: Number(pairs.at(-1).dataset.run),
            cell: Math.floor(group.rows * .8) * group.columns + Math.floor(group.columns / 2),
          };
          show(0);
        }
        for (const root of all(".explorer")) explore(root);

        """#

    /// Maps and walls of codes.
    static let codebook = #"""

        const codebook = one("#codebook");
        const walls = all(".pair[data-run]", codebook).map(wall);

        /// All codes of a run as squares in the order of their classes, the purest first, the unused ones last.
        function wall(pair) {
          const r = Number(pair.dataset.run), run = page.runs[r], canvas = one(".wall canvas", pair);
          const [width, height] = [960, 720];
          let side = Math.max(1, Math.floor(Math.sqrt(width * height / run.size)));
          while (Math.floor(width / side) * Math.floor(height / side) < run.size && side > 1) side -= 1;
          const columns = Math.floor(width / side), gap = side > 8 ? 2 : side > 4 ? 1 : 0;
          const rank = code => [run.uses[code] ? 0 : 1, run.class[code], -purity(run, code), code];
          const codes = [...Array(run.size).keys()].sort((a, b) => {
            const [x, y] = [rank(a), rank(b)], i = x.findIndex((value, index) => value !== y[index]);
            return i < 0 ? 0 : x[i] - y[i];
          });
          canvas.width = columns * side;
          canvas.height = Math.ceil(run.size / columns) * side;
          const context = canvas.getContext("2d");

          function draw(chosen) {
            const strong = getComputedStyle(document.documentElement).getPropertyValue("--ink");
            context.clearRect(0, 0, canvas.width, canvas.height);
            codes.forEach((code, place) => {
              const x = place % columns * side, y = Math.floor(place / columns) * side, inner = side - gap;
              context.fillStyle = context.strokeStyle = colorOf(run.colors, code);
              context.globalAlpha = run.uses[code] ? 1 : .12;
              context.fillRect(x, y, inner, inner);
              context.globalAlpha = run.uses[code] ? 1 : .4;
              if (!run.uses[code] && side > 4) {
                context.lineWidth = 1;
                context.beginPath();
                context.moveTo(x, y);
                context.lineTo(x + inner, y + inner);
                context.moveTo(x + inner, y);
                context.lineTo(x, y + inner);
                context.stroke();
              }
              context.globalAlpha = 1;
              if (code !== chosen) return;
              const line = Math.max(2, side / 8);
              context.lineWidth = line;
              context.strokeStyle = strong;
              context.strokeRect(x + line / 2, y + line / 2, inner - line, inner - line);
            });
            for (const circle of all("circle.chosen", pair)) circle.classList.remove("chosen");
            if (chosen === undefined) return;
            for (const circle of all(`circle[data-code="${chosen}"]`, pair)) circle.classList.add("chosen");
          }

          canvas.onclick = event => {
            const box = canvas.getBoundingClientRect();
            const column = Math.floor((event.clientX - box.left) / box.width * columns);
            const row = Math.floor((event.clientY - box.top) / box.height * canvas.height / side);
            const code = codes[row * columns + column];
            if (code !== undefined) chooseCode(r, code);
          };
          canvas.onkeydown = event => {
            const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
            if (!move) return;
            event.preventDefault();
            const place = Math.max(0, codes.indexOf(chosen.run === r ? chosen.code : -1)) + move;
            chooseCode(r, codes[Math.max(0, Math.min(run.size - 1, place))]);
          };
          pair.onclick = event => {
            const circle = event.target.closest("circle[data-code]");
            if (circle) chooseCode(r, Number(circle.dataset.code));
          };
          return { draw, frequent: codes.reduce((a, b) => run.uses[b] > run.uses[a] ? b : a) };
        }

        let chosen;
        function chooseCode(r, code) {
          chosen = { run: r, code };
          walls.forEach((wall, index) => wall.draw(index === r ? code : undefined));
          showCode(one(".inspector", codebook), r, code);
          const number = one("input.code", codebook), select = one("select.run", codebook);
          [number.value, number.max] = [code, page.runs[r].size - 1];
          if (select) select.value = r;
        }
        one("input.code", codebook).oninput = event => {
          const code = Number(event.target.value);
          if (event.target.value !== "" && page.runs[chosen.run].class[code] !== undefined) chooseCode(chosen.run, code);
        };
        const select = one("select.run", codebook);
        if (select) select.onchange = () => chooseCode(Number(select.value), walls[select.value].frequent);
        for (const button of all("button[data-projection]", codebook)) {
          button.onclick = () => {
            press(button);
            for (const figure of all("figure[data-projection]", codebook)) {
              figure.hidden = figure.dataset.projection !== button.dataset.projection;
            }
          };
        }
        matchMedia("(prefers-color-scheme:dark)").onchange = () => chooseCode(chosen.run, chosen.code);
        chooseCode(page.runs.length - 1, walls.at(-1).frequent);

        """#
}
