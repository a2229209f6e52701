// The shipped lists. A new one is an entry of `all`; nothing else knows them by name.
extension Experiment {
    static let all: [Experiment] = [
        compare, quick,
        Experiment(
            name: "levels", summary: "How large a share of a code carries the meaning (SGC-VQGAN, Tables 6 and 7)",
            preset: .experiment, assignments: ablationBudget + gentlePull, seeds: 3,
            cells: [
                // Eq. 10 with N = 4 and α = 1: w = .70, .24, .06, 0; σ lies between two of them.
                Cell("high-25", "level 1 of four is high", "quantizer.semantics.threshold=0.5"),
                Cell("high-50", "levels 1 and 2 are high", "quantizer.semantics.threshold=0.15"),
                Cell("high-75", "levels 1 to 3 are high", "quantizer.semantics.threshold=0.03"),
                Cell("high-100", "all four levels are high: no low part", "quantizer.semantics.threshold=0"),
                Cell("no-levels", "no levels: one loss guides the whole code", "quantizer.semantics.multi_level=false"),
            ]),
        Experiment(
            name: "losses", summary: "Which loss teaches the meaning (SGC-VQGAN, Table 7)",
            preset: .experiment, assignments: ablationBudget + gentlePull, seeds: 3,
            cells: [
                Cell("cosface", "CosFace", "quantizer.semantics.loss=cosface"),
                Cell("lsoftmax", "L-Softmax", "quantizer.semantics.loss=lsoftmax"),
                Cell("sphereface", "SphereFace", "quantizer.semantics.loss=sphereface"),
                Cell("softtriple", "SoftTriple", "quantizer.semantics.loss=softtriple"),
                Cell("proxy-nca", "Proxy-NCA", "quantizer.semantics.loss=proxy_nca"),
            ]),
        Experiment(
            name: "aggregators", summary: "What the decoder sees of the levels (SGC-VQGAN, Table 7)",
            preset: .experiment, assignments: ablationBudget + gentlePull, seeds: 3,
            cells: [
                Cell("concat", "all levels side by side", "quantizer.semantics.aggregator=concat"),
                Cell("linear", "the sum of the levels", "quantizer.semantics.aggregator=linear"),
                Cell("low-only", "the low levels alone", "quantizer.semantics.aggregator=low_only"),
                Cell("high-only", "the high level alone", "quantizer.semantics.aggregator=high_only"),
                Cell(
                    "cross-attention", "low levels ask, the high level answers",
                    "quantizer.semantics.aggregator=cross_attention"),
            ]),
        Experiment(
            name: "dimension", summary: "How long a code is (SGC-VQGAN, Table 7)",
            preset: .experiment, assignments: ablationBudget, seeds: 3,
            cells: [
                Cell("d32", "32 numbers", "quantizer.code_dimension=32"),
                Cell("d64", "64 numbers", "quantizer.code_dimension=64"),
                Cell("d256", "256 numbers", "quantizer.code_dimension=256"),
            ]),
        Experiment(
            name: "labels", summary: "How accurate annotations have to be; measured against the truth",
            preset: .experiment, assignments: [], seeds: 3,
            cells: [
                Cell("truth", "the class of every pixel is right", "data.label_noise=0"),
                Cell("noise-10", "one token in ten is taught a wrong class", "data.label_noise=0.1"),
                Cell("noise-30", "three tokens in ten are taught a wrong class", "data.label_noise=0.3"),
            ]),
        Experiment(
            name: "readings", summary: "What this library's readings of the paper do, one on top of the other",
            preset: .experiment,
            assignments: ablationBudget, seeds: 3,
            cells: [
                Cell(
                    "free", "high levels of any length, followed slowly", "quantizer.semantics.radius=0",
                    "quantizer.semantics.w_pull=0.02", "quantizer.semantics.weight=0.2"),
                Cell(
                    "radius", "high levels of latents and codes have one length", "quantizer.semantics.radius=1",
                    "quantizer.semantics.w_pull=0.02", "quantizer.semantics.weight=0.2"),
                Cell(
                    "pull", "they follow their class faster", "quantizer.semantics.radius=1",
                    "quantizer.semantics.w_pull=0.1", "quantizer.semantics.weight=0.2"),
                Cell(
                    "weight", "less of the loss is semantic", "quantizer.semantics.radius=1",
                    "quantizer.semantics.w_pull=0.1", "quantizer.semantics.weight=0.05"),
                Cell(
                    "scale", "and it is softer: what compare starts from", "quantizer.semantics.radius=1",
                    "quantizer.semantics.w_pull=0.1", "quantizer.semantics.weight=0.05",
                    "quantizer.semantics.margin.scale=5"),
            ]),
    ]

    private static let compare = Experiment(
        name: "compare",
        summary: "What semantic guidance adds: the three quantizers of the SGC-VQGAN paper (Tables 1 and 2)",
        preset: .experiment, assignments: [], seeds: 3, cells: quantizers)

    private static let quick = Experiment(
        name: "quick", summary: "The list compare in minutes: fewer codes, fewer steps, one seed",
        preset: .experiment,
        assignments: [
            "data.count=3200", "quantizer.codebook_size=128", "run.steps=440", "run.semantics_images=256",
        ],
        seeds: 1, cells: quantizers)

    private static let quantizers = [
        Cell("vq", "VQGAN's codebook", "quantizer.kind=vq"),
        Cell("cvq", "CVQ-VAE: unused codes are put where latents are", "quantizer.kind=cvq"),
        Cell("sgc", "SGC-VQGAN: semantic guidance and levels besides", "quantizer.kind=sgc"),
    ]

    /// These lists ask for an order: less than half the steps of `compare`, and a quarter of its codes, so that each
    /// meets more tokens than there; and CosFace with the scale that is usual elsewhere.
    private static let ablationBudget = [
        "run.steps=800", "quantizer.codebook_size=512", "quantizer.semantics.margin.scale=30",
    ]

    /// For the questions of Table 7 the semantic loss does more of the ordering, and the pull to the classes' means less:
    /// a strong one orders codes with any loss, and where a whole code is high it leaves one point for each class.
    private static let gentlePull = ["quantizer.semantics.w_pull=0.05", "quantizer.semantics.weight=0.2"]
}
