import SGCBase
import SGCTokenizer

/// The pictures of the page: what each run makes of the same images. The script fills in images and tokens.
extension ReportPage {
    /// - Parameters:
    ///   - group: runs that show the same images.
    ///   - number: of the group.
    func explorer(_ group: [Int], number: Int, _ data: inout PageData) throws(SGCError) -> String {
        let report = reports[group[0]]
        guard !report.samples.isEmpty else { return "" }
        var scenes = ""
        for (index, sample) in report.samples.enumerated() {
            scenes += """
                <button type="button" data-scene="\(index)" aria-pressed="\(index == 0)" \
                title="\(Markup.escaped(sample.name))">\(try image(sample.image, "image \(index + 1)", &data))</button>

                """
        }
        let grid = report.samples[0].grid
        let hasClasses = !report.semantics.classes.isEmpty
        let lead =
            "Images that no run was trained on. Drag the line in a reconstruction: left of it is the original, right of it "
            + "what came back from \(grid.columns)x\(grid.rows) tokens. Then point at the token map and click: the panel "
            + "shows what that token's code stands for, and everything else in the image that got the same code lights up. "
            + (hasClasses
                ? "A good token map looks like the map of true classes drawn in blocks, and what lights up is one kind of thing."
                : "What lights up should be one kind of thing.")
        let sides = report.samples[0].image
        return section(
            "One picture, token by token", lead: lead,
            attributes: " class=\"explorer\" id=\"explorer-\(number)\" data-group=\"\(number)\" style=\"--ratio:"
                + "\(sides.width)/\(sides.height)\"",
            """
            <div class="toolbar"><div class="scenes" role="group" aria-label="Images">
            \(scenes)</div>
            \(controls(hasClasses: hasClasses))</div>
            <div class="bench"><div class="rows">
            \(truth(report))\(group.map { row($0) }.joined())</div>
            <aside class="card inspector" aria-live="polite" aria-label="The chosen token"></aside></div>
            \(legend(report))
            """)
    }

    private func controls(hasClasses: Bool) -> String {
        let colors =
            hasClasses
            ? """
            <div class="choice" role="group" aria-label="Colors of tokens"><button type="button" data-color="colors" \
            aria-pressed="true">class</button><button type="button" data-color="meanings" aria-pressed="false">likeness\
            </button></div>
            """ : ""
        return """
            <div class="controls"><span>Token colors by</span>\(colors.isEmpty ? " likeness" : colors)
            <label>picture <input type="range" class="opacity" min="0" max="100" value="85" \
            aria-label="How much tokens cover the picture"> tokens</label></div>
            """
    }

    private func truth(_ report: RunReport) -> String {
        guard report.samples.contains(where: { $0.labels != nil }) else { return "" }
        return """
            <div class="pair"><h3>What is there</h3>
            <figure><img class="input" alt="the image"><figcaption>the image</figcaption></figure>
            <figure><img class="truth blocks" alt="its true classes"><figcaption>its true classes</figcaption></figure></div>

            """
    }

    private func row(_ run: Int) -> String {
        let report = reports[run]
        let quality = report.metrics["psnr"]?.asDouble.map { ": \(Numerals.fixed($0, 2)) dB on average" } ?? ""
        let accuracy =
            report.metrics["token_accuracy"]?.asDouble.map {
                ": \(Numerals.percentage($0)) of all tokens have the class that is really there"
            } ?? ""
        return """
            <div class="pair \(ChartStyle.runClass(run))" data-run="\(run)"><h3>\(name(of: run)) \
            \(Markup.escaped(reports.count == 1 ? "What the tokenizer makes of it" : report.title))</h3>
            <figure class="split"><div><img class="input" alt="the image"><img class="output" alt="its reconstruction">\
            <input type="range" min="0" max="100" value="50" step="0.5" \
            aria-label="Original on the left, reconstruction on the right"></div>\
            <figcaption>original | reconstruction\(quality)</figcaption></figure>
            <figure class="map"><div><img class="input" alt="the image"><canvas tabindex="0" role="img" \
            aria-label="Token map of \(Markup.escaped(report.name)); arrow keys choose a token"></canvas></div>\
            <figcaption>token map\(accuracy)</figcaption></figure></div>

            """
    }

    /// A drive, frame by frame, in the colors of what is alike (SGC-VQGAN, Figure 3).
    func drive(_ group: [Int], _ data: inout PageData) throws(SGCError) -> String {
        let frames = reports[group[0]].drive
        guard !frames.isEmpty else { return "" }
        var rows = "<div class=\"strip\">\n"
        for frame in frames {
            rows +=
                "<figure>\(try image(frame.image, "after \(frame.name)", &data))<figcaption>\(frame.name)</figcaption></figure>\n"
        }
        rows += "</div>\n"
        for run in group {
            let report = reports[run]
            let colors = try CodeColors(principalComponentsOf: report.codebook, isUsed: report.isUsed)
            if reports.count > 1 { rows += "<h3>\(name(of: run))</h3>\n" }
            rows += "<div class=\"strip\">\n"
            for frame in report.drive {
                let map = try Pictures.tokenMap(
                    frame.tokens, grid: TokenGrid(rows: frame.grid.rows, columns: frame.grid.columns, factor: 1),
                    colors: colors, width: frame.grid.columns, height: frame.grid.rows)
                rows +=
                    "<figure>\(try image(map, "tokens of \(report.name) after \(frame.name)", style: "blocks", &data))</figure>\n"
            }
            rows += "</div>\n"
        }
        return section(
            "A drive: do things keep their code?",
            lead:
                "Six frames of one drive. The three directions in which a codebook varies most became red, green and blue, "
                + "so codes that are alike have like colors; nobody told the page which class is which. Look along a row: "
                + "road, sky and houses should be calm areas that keep their color from frame to frame, with edges where "
                + "things end. Speckles that change are codes that follow the light and not the thing.",
            rows)
    }

    /// The colors of the classes.
    func legend(_ report: RunReport) -> String {
        guard !report.semantics.classes.isEmpty else { return "" }
        let chips = report.semantics.classes.map {
            "<li><i style=\"background:\(Markup.hexadecimal($0.color))\"></i>\(Markup.escaped($0.name))</li>\n"
        }
        return "<ul class=\"legend\">\n\(chips.joined())</ul>\n"
    }

    /// An image whose pixels the script takes from the page's data.
    private func image(
        _ picture: PixelImage, _ alternative: String, style: String = "", _ data: inout PageData
    ) throws(SGCError) -> String {
        "<img class=\"\(style)\" data-image=\"\(try data.index(of: picture))\" alt=\"\(Markup.escaped(alternative))\">"
    }
}
