import Glibc
import SGCBase
import SGCData
import SGCTokenizer

@testable import SGCCommand

/// A run that never was: built-in scenes with tokens that mostly follow their classes.
enum ReportFixtures {
    static let codesPerClass = 16
    static let classes = Scenes.classes
    static let codebookSize = (Scenes.classes.count + 1) * codesPerClass
    static let dimension = 12
    static let grid = (factor: 8, rows: 8, columns: 16)

    /// A report with `sampleCount` samples, measured on `measured` scenes.
    static func report(
        name: String = "run", title: String = "Fixture", sampleCount: Int = 2, measured: Int = 6, sceneSeed: UInt64 = 3,
        history: TrainingHistory = history(steps: 300)
    ) throws -> RunReport {
        var statistics = try CodebookStatistics(codebookSize: codebookSize, classCount: classes.count)
        var random = RandomSource(seed: 11)
        var samples: [ReportSample] = []
        var gallery = ReportGallery(codebookSize: codebookSize)
        let scenes = try SceneSet(seed: sceneSeed, width: 128, height: 64)
        for index in 0..<measured {
            let scene = try scenes.sample(index)
            let labels = try scene.labels.labelGrid(rows: grid.rows, columns: grid.columns, factor: grid.factor)
            let tokens = tokens(labels, &random)
            try statistics.add(codes: tokens, labels: labels)
            let margins = tokens.indices.map { Float($0 % 7) / 8 }
            let grid = try TokenGrid(rows: grid.rows, columns: grid.columns, factor: grid.factor)
            try gallery.add(scene.image, tokens: tokens, margins: margins)
            guard index < sampleCount else { continue }
            samples.append(
                try ReportSample(
                    name: "scene \(index)", image: scene.image, labels: scene.labels,
                    grid: grid, tokens: tokens, margins: margins,
                    reconstruction: blocks(of: scene.image)))
        }
        let semantics = try CodeSemantics(
            classes: classes, histogram: statistics.histogram.map { Float($0) }, codebookSize: codebookSize)
        return try RunReport(
            name: name, title: title, summary: "16 classes, \(codebookSize) codes & <no> training at all.",
            metrics: metrics, history: history, samples: samples, gallery: gallery, drive: samples,
            codebook: ReportCodebook(entries: entries(&random), dimension: dimension, semanticChannels: 0..<4),
            semantics: semantics, statistics: statistics,
            configuration: [
                "quantizer": ["kind": "sgc", "codebook_size": 272], "note": "</pre><script>alert(1)</script>",
            ])
    }

    static let metrics: JSONValue = [
        "psnr": 23.456, "ssim": 0.7123, "usage": 0.9, "clusters": ["channels": "high", "silhouette": 0.6543],
        "token_accuracy": 0.8773, "temporal": nil, "uniqueness": ["0.5": 0.93],
    ]

    /// Curves that fall, rise and break off.
    static func history(steps: Int) -> TrainingHistory {
        var random = RandomSource(seed: 2)
        var history = TrainingHistory()
        for step in 1...steps {
            let noise = Double(random.uniform())
            let progress = 1 - exp(-Double(step) / 60)
            history.add(
                step: step,
                [
                    ("loss", 2.5 - 2 * progress + 0.2 * noise),
                    ("psnr", step == 5 ? .infinity : 12 + 10 * progress + noise),
                    ("usage", progress), ("perplexity", 20 + 200 * progress),
                    ("semantic", 4 - 3.5 * progress + 0.3 * noise),
                    ("learning_rate", 1e-4 * min(1, Double(step) / 30)),
                    ("gradient_norm", 0.1 + 40 * noise * (1 - progress)),
                    ("semantic_weighted", 0.4 - 0.35 * progress), ("skipped", 0), ("step", Double(step)),
                ])
        }
        return history
    }

    private static func tokens(_ labels: [UInt16], _ random: inout RandomSource) -> [Int32] {
        labels.map { label in
            let own = random.uniform() < 0.9 && label != LabelMap.ignore
            let item = own ? Int(label) : random.integer(below: classes.count)
            // Small numbers are more frequent, and the last codes of the codebook stay dead.
            let place = Int(Float(codesPerClass) * random.uniform() * random.uniform())
            return Int32(item * codesPerClass + place)
        }
    }

    /// Entries whose first four channels say the class.
    private static func entries(_ random: inout RandomSource) -> [Float] {
        let centers = (0..<(classes.count + 1) * 4).map { _ in random.uniform(-1, 1) }
        return (0..<codebookSize).flatMap { code in
            (0..<dimension).map { channel in
                channel < 4
                    ? centers[code / codesPerClass * 4 + channel] + random.uniform(-0.12, 0.12) : random.uniform(-1, 1)
            }
        }
    }

    /// The image in blocks of 4 × 4 pixels.
    private static func blocks(of image: PixelImage) throws -> PixelImage {
        var result = image
        for y in 0..<image.height {
            for x in 0..<image.width {
                for channel in 0..<3 {
                    result.pixels[(y * image.width + x) * 3 + channel] =
                        image.pixels[(y / 4 * 4 * image.width + x / 4 * 4) * 3 + channel]
                }
            }
        }
        return result
    }
}
