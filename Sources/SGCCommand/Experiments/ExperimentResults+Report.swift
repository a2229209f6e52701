import SGCBase
import SGCTokenizer

/// The page of an experiment.
extension ExperimentResults {
    /// The page shows the finished cells, each by its first seed, and the table of all.
    ///
    /// - Throws: what reading a run throws.
    func report(engine: EngineOptions, cancellation: Cancellation) throws(SGCError) -> ReportPage {
        var reports: [RunReport] = []
        for row in rows {
            guard let run = row.runs.first else { continue }
            var report = try RunReport(
                reading: RunDirectory(path: run.path), engine: engine, cancellation: cancellation)
            report.name = row.cell.name
            reports.append(report)
        }
        return ReportPage(
            reports, title: plan.experiment.summary,
            table: ReportTable(header: summaryHeader, rows: summaryRows))
    }
}
