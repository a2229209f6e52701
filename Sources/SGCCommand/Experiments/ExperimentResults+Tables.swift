import SGCBase
import SGCTokenizer

// The same figures for programs and for people.
extension ExperimentResults {
    /// A line per run, and for each cell its mean and its spread in place of the seed; what is missing is empty.
    var csv: String {
        var lines = [["cell", "seed"] + ExperimentFigure.all.map(\.key)]
        func add(_ row: Row, _ name: String, _ values: [Double?]) {
            lines.append([row.cell.name, name] + values.map { $0.map(\.description) ?? "" })
        }
        for row in rows where !row.runs.isEmpty {
            for run in row.runs { add(row, "\(run.seed)", run.values) }
            add(row, "mean", row.means)
            add(row, "spread", row.spreads)
        }
        return lines.map { $0.joined(separator: ",") + "\n" }.joined()
    }

    /// Everything, with the settings that tell the cells apart and where each run is.
    ///
    /// - Throws: what a configuration throws that cannot be written.
    func json() throws(SGCError) -> JSONValue {
        func figures(_ values: [Double?]) -> JSONValue {
            .object(zip(ExperimentFigure.all, values).map { ($0.key, .numberOrNull($1)) })
        }
        let experiment = plan.experiment
        return .object([
            ("experiment", .string(experiment.name)), ("summary", .string(experiment.summary)),
            ("preset", .string(experiment.preset.name)), ("seeds", .array(plan.seeds.map { JSONValue(Int($0)) })),
            ("planned", JSONValue(plan.runs.count)), ("finished", JSONValue(finishedCount)),
            (
                "cells",
                .array(
                    rows.map { row in
                        .object([
                            ("name", .string(row.cell.name)), ("summary", .string(row.cell.summary)),
                            ("settings", .array(row.cell.assignments.map { .string($0) })),
                            (
                                "runs",
                                .array(
                                    row.runs.map { run in
                                        .object([
                                            ("seed", JSONValue(Int(run.seed))), ("run", .string(run.path)),
                                            ("figures", figures(run.values)),
                                        ])
                                    })
                            ),
                            ("mean", figures(row.means)), ("spread", figures(row.spreads)),
                        ])
                    })
            ),
            ("configuration", try plan.runs.first?.configuration.json() ?? .null),
        ])
    }

    /// The means with their spread, and the single runs where a cell has more than one.
    var markdown: String {
        var text = "# sgc experiment \(plan.experiment.name)\n\n\(plan.experiment.summary).\n\n"
        if let first = plan.runs.first?.configuration {
            text +=
                "\(first.run.steps) steps of \(first.run.batch) images of \(first.data.width)x\(first.data.height); "
            text += "\(first.run.evaluateImages) unseen images; "
        }
        text +=
            "\(finishedCount) of \(plan.runs.count) runs are finished.\n\n\(summaryTable)\n\(ExperimentFigure.legend)"
        guard rows.contains(where: { $0.runs.count > 1 }) else { return text }
        return text + "\n## Single runs\n\n\(runTable)"
    }

    /// A row per cell as Markdown.
    var summaryTable: String { Self.table(summaryHeader, summaryRows) }

    var summaryHeader: [String] { ["", "seeds"] + ExperimentFigure.all.map(\.title) }

    /// The means of each cell with their spread.
    var summaryRows: [[String]] {
        rows.map { row in
            let cells = zip(ExperimentFigure.all, zip(row.means, row.spreads)).map { figure, values in
                let (mean, spread) = values
                return Self.text(mean, figure) + (spread.map { " ± \(fixed($0, figure.digits))" } ?? "")
            }
            return [row.cell.name, "\(row.runs.count)"] + cells
        }
    }

    private var runTable: String {
        Self.table(
            ["", "seed"] + ExperimentFigure.all.map(\.title),
            rows.flatMap { row in
                row.runs.map { run in
                    [row.cell.name, "\(run.seed)"] + zip(ExperimentFigure.all, run.values).map { Self.text($1, $0) }
                }
            })
    }

    private static func text(_ value: Double?, _ figure: ExperimentFigure) -> String {
        value.map { fixed($0, figure.digits) } ?? "-"
    }

    /// Markdown, padded so that it can be read as it is.
    private static func table(_ header: [String], _ rows: [[String]]) -> String {
        let widths = header.indices.map { column in
            ([header] + rows).reduce(3) { max($0, $1[column].count) }
        }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return "| \(padded.joined(separator: " | ")) |\n"
        }
        let rule = "|\(widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|"))|\n"
        return line(header) + rule + rows.map(line).joined()
    }
}
