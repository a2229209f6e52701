extension PageScript {
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
}
