import SGCBase

/// A column of an experiment's tables: one of the figures that a run's `metrics.json` has.
struct ExperimentFigure: Sendable {
    /// Its name in CSV and JSON.
    let key: String
    /// Its name for people.
    let title: String
    /// Digits after the point, for people.
    let digits: Int
    private let find: @Sendable (JSONValue) -> JSONValue?

    /// Its value in a run's metrics; nil where the run has none.
    func value(in metrics: JSONValue) -> Double? { find(metrics)?.asDouble }

    static let all: [ExperimentFigure] =
        [
            ExperimentFigure(key: "psnr", title: "PSNR", digits: 2) { $0["psnr"] },
            ExperimentFigure(key: "ssim", title: "SSIM", digits: 3) { $0["ssim"] },
            ExperimentFigure(key: "usage", title: "usage", digits: 3) { $0["usage"] },
            ExperimentFigure(key: "perplexity", title: "perplexity", digits: 0) { $0["perplexity"] },
        ]
        + Evaluation.thresholds.map { threshold in
            ExperimentFigure(key: "uniqueness_\(threshold)", title: "unique > \(threshold)", digits: 3) {
                $0["uniqueness"]?["\(threshold)"]
            }
        } + [
            ExperimentFigure(key: "silhouette_high", title: "silhouette, high", digits: 3) {
                high($0)?["silhouette"]
            },
            ExperimentFigure(key: "davies_bouldin_high", title: "Davies-Bouldin, high", digits: 3) {
                high($0)?["davies_bouldin"]
            },
            ExperimentFigure(key: "silhouette_full", title: "silhouette, full", digits: 3) {
                $0["clusters_full"]?["silhouette"]
            },
            ExperimentFigure(key: "davies_bouldin_full", title: "Davies-Bouldin, full", digits: 3) {
                $0["clusters_full"]?["davies_bouldin"]
            },
            ExperimentFigure(key: "class_kept", title: "class kept", digits: 3) {
                $0["temporal"]?["surface_class_agreement"]
            },
            ExperimentFigure(key: "class_right", title: "kept and right", digits: 3) {
                $0["temporal"]?["surface_right_agreement"]
            },
            ExperimentFigure(key: "seconds", title: "seconds", digits: 0) { $0["seconds"] },
        ]

    /// What the columns mean, for the foot of a table.
    static let legend = """
        All figures are of scenes that no cell was trained on. *unique > τ*: the share of all codes of whose tokens more \
        than τ belong to one class. *silhouette* and *Davies-Bouldin*: how clearly the classes of the used codes lie apart, \
        on the channels of the high levels (only SGC has them) and on the full vectors. *class kept*: tokens of the same \
        surface in the next frame of a drive whose code stands for the same class, easy for codes that all mean the same; \
        *kept and right*: and it is the surface's class. *seconds*: training and measuring. \
        Behind ±: the standard deviation over seeds.

        """

    /// The clusters on the channels of high levels, where the quantizer has any.
    private static func high(_ metrics: JSONValue) -> JSONValue? {
        metrics["clusters"]?["channels"] == "high" ? metrics["clusters"] : nil
    }
}
