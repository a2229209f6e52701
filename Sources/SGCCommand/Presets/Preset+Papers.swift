// The sizes of the papers. They need days on many cores or a GPU; they are here for exact comparison, for --dry-run, and
// as a start for data of one's own. Learning rates follow VQGAN's rule, 4.5e-6 per image of a batch.
extension Preset {
    /// What all share: taming-transformers' f16 configuration with its discriminator.
    private static let taming: [Setting] = [
        Setting("model.channels", "128", "taming-transformers: ch 128"),
        Setting("model.residual_blocks", "2", "taming-transformers: num_res_blocks 2"),
        Setting("model.latent_channels", "256", "taming-transformers: z_channels 256"),
        Setting("discriminator.layers", "3", "taming-transformers: disc_num_layers 3"),
        Setting("discriminator.weight", "0.8", "taming-transformers: disc_weight 0.8"),
        Setting("discriminator.adaptive", "true", "VQGAN, Eq. 7"),
        Setting("quantizer.commitment", "0.25", "VQGAN and SGC-VQGAN: 0.25"),
    ]

    /// What SGC-VQGAN's models share.
    private static let semantic: [Setting] = [
        Setting("quantizer.kind", "sgc", "SGC-VQGAN"),
        Setting("quantizer.code_dimension", "32", "SGC-VQGAN, Table 7: 32 is best"),
        Setting("quantizer.clustering.decay", "0.99", "SGC-VQGAN, Eq. 2, as CVQ-VAE"),
        Setting("quantizer.semantics.levels", "4", "SGC-VQGAN: one level of four is high"),
        Setting("quantizer.semantics.threshold", "0.5", "SGC-VQGAN: 0.5"),
    ]

    static let nuScenes = Preset(
        name: "nuscenes-288x512",
        summary: "SGC-VQGAN's nuScenes model: 288x512, 18x32 tokens, 8,192 codes",
        settings: [
            Setting("data.source", "folder", "nuScenes has to be fetched by whoever uses it; set data.images"),
            Setting("data.images", "nuscenes/images", "a place holder: say where yours are"),
            Setting("data.labels", "nuscenes/labels", "label maps of a segmentation model; a place holder"),
            Setting("data.width", "512", "SGC-VQGAN: 288x512"),
            Setting("data.height", "288", "SGC-VQGAN: 288x512"),
            Setting("model.channel_multipliers", "[1, 1, 2, 2, 4]", "f16: 18x32 tokens"),
            Setting("model.resolution", "256", "taming-transformers: attention where 256 has become 16"),
            Setting("model.attention_resolutions", "[16]", "taming-transformers: attn_resolutions 16"),
            Setting("quantizer.codebook_size", "8192", "SGC-VQGAN: 8,192 codes on nuScenes"),
            Setting(
                "quantizer.semantics.classes", "19", "Cityscapes' evaluation classes, which its segmentation model has"),
            Setting("discriminator.start_step", "30001", "taming-transformers, faceshq: a set of like size"),
            Setting("run.batch", "80", "SGC-VQGAN: 10 on each of 8 GPUs"),
            Setting("optimizer.accumulation", "8", "ten images at a time, as one of its GPUs"),
            Setting("run.steps", "100000", "not stated in the paper; about 25 epochs of nuScenes' camera keyframes"),
            Setting("run.checkpoint_every", "1000", "a compromise of time and loss"),
        ] + taming + semantic)

    static let imageNet = Preset(
        name: "imagenet-256",
        summary: "SGC-VQGAN's ImageNet model: 256x256, 32x32 tokens, 16,384 codes",
        settings: [
            Setting("data.source", "folder", "ImageNet has to be fetched by whoever uses it; set data.images"),
            Setting("data.images", "imagenet/train", "a place holder: say where yours are"),
            Setting("data.labels", "imagenet/labels", "label maps of unsupervised segmentation (LUSS); a place holder"),
            Setting("data.width", "256", "SGC-VQGAN: 256x256"),
            Setting("data.height", "256", "SGC-VQGAN: 256x256"),
            Setting("data.shortest_side", "256", "taming-transformers: smallest side, then crop"),
            Setting("model.channel_multipliers", "[1, 2, 2, 4]", "f8 as latent-diffusion's VQ-f8: 32x32 tokens"),
            Setting("model.resolution", "256", "the image's side"),
            Setting("model.attention_resolutions", "[32]", "latent-diffusion's VQ-f8: attention at 32"),
            Setting("quantizer.codebook_size", "16384", "SGC-VQGAN: 16,384 codes on ImageNet"),
            Setting("quantizer.semantics.classes", "919", "ImageNet-S, the label set of LUSS"),
            Setting("discriminator.start_step", "250001", "taming-transformers, ImageNet: disc_start 250,001"),
            Setting("run.batch", "80", "SGC-VQGAN: 10 on each of 8 GPUs"),
            Setting("optimizer.accumulation", "8", "ten images at a time"),
            Setting("run.steps", "500000", "not stated; twice the start of the discriminator"),
            Setting("run.checkpoint_every", "5000", "a compromise of time and loss"),
        ] + taming + semantic)

    static let vqgan = Preset(
        name: "vqgan-f16",
        summary: "VQGAN's ImageNet model: 256x256, 16x16 tokens, 1,024 codes",
        settings: [
            Setting("data.source", "folder", "ImageNet has to be fetched by whoever uses it; set data.images"),
            Setting("data.images", "imagenet/train", "a place holder: say where yours are"),
            Setting("data.labelled", "false", "VQGAN knows no classes"),
            Setting("data.width", "256", "taming-transformers: size 256"),
            Setting("data.height", "256", "taming-transformers: size 256"),
            Setting("data.shortest_side", "256", "taming-transformers: smallest side, then crop"),
            Setting("model.channel_multipliers", "[1, 1, 2, 2, 4]", "taming-transformers: ch_mult, f16"),
            Setting("model.resolution", "256", "taming-transformers: resolution 256"),
            Setting("model.attention_resolutions", "[16]", "taming-transformers: attn_resolutions 16"),
            Setting("quantizer.kind", "vq", "VQGAN (Esser et al. 2021)"),
            Setting("quantizer.codebook_size", "1024", "taming-transformers: n_embed 1,024"),
            Setting("quantizer.code_dimension", "256", "taming-transformers: embed_dim 256"),
            Setting("quantizer.loss_form", "legacy", "as the released models were trained"),
            Setting("discriminator.start_step", "250001", "taming-transformers: disc_start 250,001"),
            Setting("run.batch", "12", "taming-transformers: batch_size 12 per GPU"),
            Setting("run.steps", "500000", "not stated; twice the start of the discriminator"),
            Setting("run.checkpoint_every", "5000", "a compromise of time and loss"),
        ] + taming)
}
