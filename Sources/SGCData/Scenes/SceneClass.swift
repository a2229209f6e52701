package import SGCBase

/// What a pixel of a built-in scene shows.
///
/// Names, order and colours follow the evaluation classes of Cityscapes (Cordts et al., "The Cityscapes Dataset for
/// Semantic Urban Scene Understanding", CVPR 2016) without wall, train and motorcycle. Lane marks count as road, garden
/// walls and guard rails as fence, the load of a truck as truck.
package enum SceneClass: UInt16, Sendable, CaseIterable {
    case road, sidewalk, building, fence, pole, trafficLight, trafficSign, vegetation
    case terrain, sky, person, rider, car, truck, bus, bicycle

    /// The name and the colour in which pictures show the class.
    package var semantics: SemanticClass {
        switch self {
        case .road: SemanticClass(name: "road", color: [128, 64, 128])
        case .sidewalk: SemanticClass(name: "sidewalk", color: [244, 35, 232])
        case .building: SemanticClass(name: "building", color: [70, 70, 70])
        case .fence: SemanticClass(name: "fence", color: [190, 153, 153])
        case .pole: SemanticClass(name: "pole", color: [153, 153, 153])
        case .trafficLight: SemanticClass(name: "traffic light", color: [250, 170, 30])
        case .trafficSign: SemanticClass(name: "traffic sign", color: [220, 220, 0])
        case .vegetation: SemanticClass(name: "vegetation", color: [107, 142, 35])
        case .terrain: SemanticClass(name: "terrain", color: [152, 251, 152])
        case .sky: SemanticClass(name: "sky", color: [70, 130, 180])
        case .person: SemanticClass(name: "person", color: [220, 20, 60])
        case .rider: SemanticClass(name: "rider", color: [255, 0, 0])
        case .car: SemanticClass(name: "car", color: [0, 0, 142])
        case .truck: SemanticClass(name: "truck", color: [0, 0, 70])
        case .bus: SemanticClass(name: "bus", color: [0, 60, 100])
        case .bicycle: SemanticClass(name: "bicycle", color: [119, 11, 32])
        }
    }
}

/// The built-in scenes as a data set.
package enum Scenes {
    /// The classes in the order of their ids: a label `i` of a built-in scene means `classes[i]`.
    package static let classes: [SemanticClass] = SceneClass.allCases.map(\.semantics)
}
