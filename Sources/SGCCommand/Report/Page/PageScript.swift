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
}
