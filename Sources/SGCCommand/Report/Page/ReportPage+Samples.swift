import SGCBase
import SGCData
import SGCTokenizer

/// The pictures of the page.
extension ReportPage {
    /// A kind of picture.
    private struct Column {
        let heading: String
        let meaning: String
        /// Whether its pixels are to stay squares.
        var isMap = true
        let picture: (SamplePictures) -> PixelImage?
    }

    private var columns: [Column] {
        let all = [
            Column(heading: "Input", meaning: "what the model was given", isMap: false, picture: { $0.input }),
            Column(heading: "Classes", meaning: "what is really there", picture: { $0.classMap }),
            Column(
                heading: "Tokens", meaning: "each in the color of the class that its code stands for",
                picture: { $0.tokenMap }),
            Column(
                heading: "Reconstruction", meaning: "decoded from the tokens alone", isMap: false,
                picture: { $0.reconstruction }),
            Column(
                heading: "Tokens by meaning", meaning: "codes that are alike have like colors",
                picture: { $0.meaning }),
        ]
        return all.filter { column in pictures.contains { column.picture($0) != nil } }
    }

    /// The samples, a row each.
    func samples() throws(SGCError) -> String {
        guard !pictures.isEmpty else { return "" }
        let columns = self.columns
        var rows = ""
        for sample in pictures {
            rows += "<div class=\"row\">\n"
            for column in columns {
                rows += "<figure><figcaption><b>\(column.heading)</b></figcaption>"
                if let picture = column.picture(sample) {
                    rows += try image(
                        picture, alternative: "\(sample.name): \(column.heading.lowercased())", isMap: column.isMap)
                }
                rows += "</figure>\n"
            }
            rows += "</div>\n"
        }
        let headings = columns.map { "<span><b>\($0.heading)</b> \($0.meaning)</span>\n" }.joined()
        return section(
            "What the tokens see",
            note: "Images that the model was not trained on, one a row. A good token map looks like the map of classes "
                + "drawn in blocks; shades within a class are different codes, and grey means that a code stands for no "
                + "class clearly.",
            "<div class=\"samples\" style=\"--columns:\(columns.count)\">\n<div class=\"row heads\">\n\(headings)</div>\n"
                + "\(rows)</div>\n\(legend())")
    }

    /// The colors of the classes.
    func legend() -> String {
        guard !report.semantics.classes.isEmpty else { return "" }
        let chips = report.semantics.classes.map {
            "<li><i style=\"background:\(Markup.hexadecimal($0.color))\"></i>\(Markup.escaped($0.name))</li>\n"
        }
        return "<ul class=\"legend\">\n\(chips.joined())</ul>\n"
    }

    /// An image with its file inside the page.
    private func image(_ picture: PixelImage, alternative: String, isMap: Bool) throws(SGCError) -> String {
        let data = Base64.encode(try PNGEncoder.encode(picture))
        let style = isMap ? " class=\"blocks\"" : ""
        return
            "<img\(style) width=\"\(picture.width)\" height=\"\(picture.height)\" alt=\"\(Markup.escaped(alternative))\" "
            + "src=\"data:image/png;base64,\(data)\">"
    }
}
