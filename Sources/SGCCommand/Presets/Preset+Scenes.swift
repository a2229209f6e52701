// Presets for the built-in scenes. Their numbers come from trials on 64x128 driving views: plain VQ collapses to a few
// percent of its codes there, and uniqueness needs the semantic gradient on the encoder, a short memory of usage and
// few codes against the tokens that a short run sees.
extension Preset {
    /// The quantizer of all but `drive-64x128`, as trials at 128x64 with the demo's model left it.
    private static let quantizer: [Setting] = [
        Setting("quantizer.kind", "sgc", "SGC-VQGAN (Ding et al. 2024)"),
        Setting("quantizer.code_dimension", "32", "SGC-VQGAN, Table 7"),
        Setting("quantizer.clustering.decay", "0.9", "0.99 needs 900 steps before unused codes move"),
        Setting(
            "quantizer.clustering.anchor", "random", "all codes are in use after ten steps; closest needs hundreds"),
        Setting("quantizer.semantics.weight", "0.05", "with 0.2 the image costs more and no code is purer"),
        Setting("quantizer.semantics.margin.scale", "5", "30 costs the image .6 dB, and wrong labels are followed"),
        Setting(
            "quantizer.semantics.weighting", "hard",
            "all guidance on level 1: purer codes at the same PSNR in a short run"),
        Setting("quantizer.semantics.radius", "1", "codes of a class together: see `sgc experiment readings`"),
        Setting("quantizer.semantics.w_pull", "0.1", "purer codes at the same PSNR, once the radius holds them"),
    ]

    static let demo = Preset(
        name: "demo",
        summary: "SGC-VQGAN on built-in scenes of 128x64 in minutes on two cores",
        settings: quantizer + [
            Setting("data.source", "scenes", "built in: nothing to download"),
            Setting("data.width", "128", "small enough for minutes on two cores"),
            Setting("data.height", "64", "half the width, as a driving camera"),
            Setting("data.count", "6000", "the trials' training set"),
            Setting("data.cached", "true", "each scene is drawn once; 240 MB"),
            Setting("model.channels", "16", "widths 16, 32, 64: what two cores train in minutes"),
            Setting("model.channel_multipliers", "[1, 2, 4]", "two halvings: f4, as 128 tokens of f8 end below 21 dB"),
            Setting("model.residual_blocks", "1", "the trials' depth"),
            Setting("model.attention_resolutions", "[]", "only the middle block attends"),
            Setting("model.latent_channels", "32", "as many as a code has"),
            Setting("model.norm_groups", "8", "divides every width"),
            Setting("quantizer.codebook_size", "512", "the trials' best usage and uniqueness for short runs"),
            Setting("optimizer.learning_rate", "0.002", "small model, short run, no adversary"),
            Setting("optimizer.schedule", "cosine", "to a tenth over the run"),
            Setting("optimizer.warm_up_steps", "10", "the codebook is still noise"),
            Setting("run.steps", "1640", "minutes on two cores"),
            Setting("run.batch", "8", "4,096 tokens a step; twice the steps for the price of 16"),
            Setting("run.checkpoint_every", "700", "twice a run"),
            Setting("run.sample_every", "500", "pictures beside those of the first steps"),
        ])

    static let drive = Preset(
        name: "drive-64x128",
        summary: "SGC-VQGAN on built-in scenes of 128x64 for an hour or more: wider, more codes, with averaged weights",
        settings: [
            Setting("data.source", "scenes", "built in"),
            Setting("data.width", "128", "as the demo"),
            Setting("data.height", "64", "as the demo"),
            Setting("data.count", "100000", "more views than the run repeats"),
            Setting("model.channels", "64", "four times the demo's"),
            Setting("model.channel_multipliers", "[1, 2, 2]", "f4"),
            Setting("model.residual_blocks", "2", "VQGAN"),
            Setting("model.attention_resolutions", "[]", "only the middle block attends"),
            Setting("model.latent_channels", "128", "the width of the last level"),
            Setting("quantizer.kind", "sgc", "SGC-VQGAN (Ding et al. 2024)"),
            Setting("quantizer.codebook_size", "1024", "the trials' size for full runs"),
            Setting("quantizer.code_dimension", "32", "SGC-VQGAN, Table 7"),
            Setting("quantizer.clustering.decay", "0.97", "a memory of some thirty steps"),
            Setting("quantizer.semantics.weight", "0.05", "as the demo"),
            Setting("quantizer.semantics.margin.scale", "5", "as the demo"),
            Setting("quantizer.semantics.radius", "1", "as the demo"),
            Setting("quantizer.semantics.w_pull", "0.1", "as the demo"),
            Setting("optimizer.learning_rate", "0.0005", "a quarter of the demo's for four times the width"),
            Setting("optimizer.schedule", "cosine", "to a tenth over the run"),
            Setting("optimizer.warm_up_steps", "200", "one percent of the run"),
            Setting("average_decay", "0.999", "an average over a twentieth of the run"),
            Setting("run.steps", "20000", "enough for 320,000 views"),
            Setting("run.batch", "16", "8,192 tokens a step"),
            Setting("run.checkpoint_every", "1000", "every few minutes"),
            Setting("run.sample_every", "1000", "with each checkpoint"),
        ])

    static let experiment = Preset(
        name: "experiment",
        summary:
            "What `sgc experiment` starts from: the demo's model with 2,048 codes, seven minutes on two cores",
        settings: quantizer + [
            Setting("data.source", "scenes", "built in: everybody can repeat it"),
            Setting("data.width", "128", "as the demo"),
            Setting("data.height", "64", "as the demo"),
            Setting("data.count", "6000", "as the demo; less than three times in a run"),
            Setting("data.cached", "true", "each scene is drawn once; 240 MB"),
            Setting("model.channels", "16", "as the demo"),
            Setting("model.channel_multipliers", "[1, 2, 4]", "f4, as the demo"),
            Setting("model.residual_blocks", "1", "as the demo"),
            Setting("model.attention_resolutions", "[]", "only the middle block attends"),
            Setting("model.latent_channels", "32", "as many as a code has"),
            Setting("model.norm_groups", "8", "divides every width"),
            Setting("quantizer.codebook_size", "2048", "two tokens a code and step; the papers have 8,192 and more"),
            Setting("optimizer.learning_rate", "0.002", "as the demo"),
            Setting("optimizer.schedule", "cosine", "to a tenth over the run"),
            Setting("optimizer.warm_up_steps", "10", "as the demo"),
            Setting("run.steps", "2000", "nine runs in an hour on two cores"),
            Setting("run.batch", "8", "4,096 tokens a step; twice the steps for the price of 16"),
            Setting("run.checkpoint_every", "500", "every two minutes"),
            Setting("run.sample_every", "500", "with each checkpoint"),
            Setting("run.log_every", "100", "a line every twenty seconds"),
            Setting("run.evaluate_images", "512", "262,144 tokens: 128 a code"),
            Setting("run.semantics_images", "512", "as many as are measured"),
        ])

    /// What both models of 512x288 views share.
    private static let wide: [Setting] =
        quantizer + [
            Setting("data.source", "scenes", "built in"),
            Setting("data.width", "512", "SGC-VQGAN: 288x512"),
            Setting("data.height", "288", "SGC-VQGAN: 288x512"),
            Setting("data.count", "20000", "each view twice in a run"),
            Setting("model.residual_blocks", "1", "as the demo"),
            Setting("model.attention_resolutions", "[]", "only the middle block attends"),
            Setting("model.latent_channels", "128", "the width of the last level"),
            Setting("quantizer.codebook_size", "1024", "as drive-64x128"),
            Setting("optimizer.schedule", "cosine", "to a tenth over the run"),
            Setting("optimizer.warm_up_steps", "20", "the codebook is still noise"),
            Setting("run.checkpoint_every", "500", "every few minutes"),
            Setting("run.sample_every", "500", "with each checkpoint"),
            Setting("run.evaluate_images", "128", "73,728 tokens"),
            Setting("run.semantics_images", "128", "as many as are measured"),
        ]

    static let wideDrive = Preset(
        name: "drive-288x512",
        summary:
            "SGC-VQGAN on built-in scenes of 512x288, 18x32 tokens, for a night: what live-288x512 imitates",
        settings: wide + [
            Setting("model.channels", "64", "half of VQGAN's"),
            Setting("model.channel_multipliers", "[1, 1, 2, 2, 4]", "f16: 18x32 tokens"),
            Setting("optimizer.learning_rate", "0.0005", "as drive-64x128"),
            Setting("run.batch", "4", "2,304 tokens a step"),
            Setting("run.steps", "10000", "40,000 views"),
        ])

    static let live = Preset(
        name: "live-288x512",
        summary:
            "A small model of 512x288 images for 30 a second on two cores; --teacher RUN makes it imitate a larger one",
        settings: wide + [
            Setting("model.channels", "16", "the full resolution costs most: as narrow as the demo"),
            Setting("model.channel_multipliers", "[1, 2, 4, 8, 8]", "f16; narrow where there are many pixels"),
            Setting("model.norm_groups", "8", "divides every width"),
            Setting("optimizer.learning_rate", "0.002", "as the demo"),
            Setting("run.batch", "4", "2,304 tokens a step"),
            Setting("run.steps", "10000", "as drive-288x512"),
        ])
}
