extension PageScript {
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
