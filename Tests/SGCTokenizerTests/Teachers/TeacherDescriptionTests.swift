import SGCBase
import SGCONNX
import SGCTensor
import Testing

@testable import SGCTokenizer

/// What a graph tells of itself, and what the JSON file beside it changes.
@Suite struct TeacherDescriptionTests {
    @Test("exports of SegFormer, CLIP and vision transformers need no description")
    func recognition() throws {
        let segmentation = try TeacherDescription([:], graph: TinyTeachers.segmentation().graph)
        #expect(segmentation.kind == .segmentation)
        #expect((segmentation.input, segmentation.output) == ("pixel_values", "logits"))
        #expect(segmentation.mean == TeacherDescription.imageNetMean)
        let ids = try TeacherDescription([:], graph: TinyTeachers.classIDs().graph)
        #expect(ids.kind == .segmentation && ids.output == "ids")
        let tokens = try TeacherDescription([:], graph: TinyTeachers.tokens().graph)
        #expect(tokens.kind == .features && tokens.output == "last_hidden_state" && tokens.multiple == 4)
        #expect(tokens.mean == TeacherDescription.imageNetMean)
        let clip = try TeacherDescription([:], graph: TinyTeachers.tokens(clip: true).graph)
        #expect(clip.kind == .features && clip.output == "last_hidden_state")
        #expect((clip.mean, clip.std) == (TeacherDescription.clipMean, TeacherDescription.clipDeviation))
        let other = try TeacherDescription([:], graph: TinyTeachers.maps().graph)
        #expect(other.kind == .graph && other.input == "pixel_values")
    }

    @Test("a description is read strictly, survives writing, and comes before what the graph says")
    func json() throws {
        let graph = try TinyTeachers.segmentation().graph
        let json: JSONValue = [
            "kind": "segmentation", "classes": ["road", "sky", "tree"],
            "palette": [[1, 2, 3], [4, 5, 6], [7, 8, 255]],
            "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.5, 1.0], "scale": 0.01, "size": [32, 64], "licence": "free",
            "accuracy": ["mIoU": 0.5, "images": 12],
        ]
        let description = try TeacherDescription(json, graph: graph)
        #expect(description.semanticClasses.map(\.name) == ["road", "sky", "tree"])
        #expect(description.semanticClasses[2].color == [7, 8, 255])
        #expect(description.size == [32, 64] && description.output == "logits" && description.scale == 0.01)
        #expect(try TeacherDescription(description.json(), graph: graph) == description)
        let words = try TeacherDescription(["kind": "text", "words": ["a", "b"]], graph: graph)
        #expect(words.words == ["a", "b"] && !words.takesImages)
    }

    @Test(
        "what does not fit is refused",
        arguments: [
            (#"{"knd": "features"}"#, SGCError.Code.argument, "kind"), (#"{"kind": "teacher"}"#, .argument, "kind"),
            (#"{"mean": [1, 2]}"#, .argument, "mean"), (#"{"std": [0, 1, 1]}"#, .argument, "std"),
            (#"{"size": [64]}"#, .argument, "size"), (#"{"classes": ["a"], "palette": []}"#, .argument, ""),
            (#"{"classes": ["a"], "palette": [[0, 0, 256]]}"#, .argument, "palette"),
            (#"{"palette": [[0, 0]]}"#, .format, "palette"), (#"{"kind": "perceptual"}"#, .argument, "taps"),
            (#"{"kind": "perceptual", "taps": ["a"], "tap_weights": [1, 2]}"#, .argument, "tap_weights"),
            (#"{"kind": "features"}"#, .argument, "output"), (#"[]"#, .format, ""),
        ])
    func refused(_ text: String, _ code: SGCError.Code, _ word: String) throws {
        // An empty palette is none: the one case that is fine.
        let graph = try TinyTeachers.segmentation().graph
        guard !text.contains(#""palette": []"#) else {
            #expect(try TeacherDescription(JSONValue(parsing: text), graph: graph).palette.isEmpty)
            return
        }
        let error = #expect(throws: SGCError.self) {
            _ = try TeacherDescription(JSONValue(parsing: text), graph: graph)
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test("a network that does not fit its description is a mismatch")
    func mismatches() throws {
        let wrong: [(ONNXModel, JSONValue)] = [
            (try TinyTeachers.segmentation(), ["input": "pixels"]),
            (try TinyTeachers.segmentation(), ["kind": "segmentation", "output": "logits", "input": "w"]),
            (try TinyTeachers.tokens(), ["kind": "segmentation", "output": "image_embeds"]),
        ]
        for (model, json) in wrong.prefix(2) {
            #expect(throws: SGCError.self) { _ = try TinyTeachers.teacher(model, json) }
        }
        // ONX-28: the input takes one channel.
        let gray = TinyTeachers.model(
            [TinyTeachers.node("Relu", ["x"], "logits")], [:],
            inputs: [
                ONNXValueInfo(name: "x", type: .float32, shape: [.fixed(1), .fixed(1), .dynamic("H"), .dynamic("W")])
            ],
            outputs: [TinyTeachers.output("logits", [nil, 1, nil, nil])])
        let error = #expect(throws: SGCError.self) {
            _ = try TinyTeachers.teacher(gray, ["kind": "segmentation", "input": "x", "output": "logits"])
        }
        #expect(error?.code == .mismatch)
        // … and the output has a wrong rank.
        let classifier = TinyTeachers.model(
            [
                TinyTeachers.node(
                    "ReduceMean", ["pixel_values"], "logits", ["axes": .integers([2, 3]), "keepdims": .integer(0)])
            ],
            [:], outputs: [TinyTeachers.output("logits", [nil, 3])])
        let second = #expect(throws: SGCError.self) {
            _ = try TinyTeachers.teacher(classifier, ["kind": "segmentation", "output": "logits"])
        }
        #expect(second?.code == .mismatch)
    }

    @Test("unsupported operators outside of what is taught do not matter, inside they are all named")
    func unsupported() throws {
        let plain = try TinyTeachers.segmentation()
        let strange = TinyTeachers.model(
            plain.graph.nodes + [
                TinyTeachers.node("Strange", ["logits"], "s"), TinyTeachers.node("Stranger", ["s"], "t"),
            ],
            plain.graph.initializers, outputs: plain.graph.outputs + [TinyTeachers.output("t", [nil])])
        #expect(try TinyTeachers.teacher(strange).classCount == 3)
        let error = #expect(throws: SGCError.self) { _ = try TinyTeachers.teacher(strange, ["kind": "graph"]) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("Strange ") == true && error?.message.contains("Stranger") == true)
    }
}
