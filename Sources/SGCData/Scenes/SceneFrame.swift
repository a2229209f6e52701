package import SGCBase

/// A view of a scene: the picture, the class of every pixel, and what is needed to find its surfaces in another frame.
package struct SceneFrame: Sendable {
    package let image: PixelImage
    /// Ids of ``Scenes/classes``, from the surface in the middle of each pixel.
    package let labels: LabelMap
    let camera: SceneCamera
    /// What may be seen, with its place at the time of the frame.
    let primitives: [Primitive]
    /// `[H, W]`: what the middle of a pixel shows, an index into ``primitives`` or a ``Background``.
    let surfaces: [Int32]
    /// `[H, W]`: metres along the view; infinite for sky and ridge.
    let depths: [Float]
}

/// What a pixel shows that is no primitive; ground has the values of `Road.Ground`.
enum Background {
    static let sky: Int32 = -1
    static let ridge: Int32 = -2
}
