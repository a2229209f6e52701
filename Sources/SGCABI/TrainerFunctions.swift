// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// sgc.h, section trainer. The documentation of each function is there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

public import CSGC
import SGCBase
import SGCTokenizer

@implementation @_cdecl("sgc_trainer_create")
public func sgc_trainer_create(
    _ outTrainer: UnsafeMutablePointer<OpaquePointer?>?, _ configuration: UnsafePointer<CChar>?,
    _ options: UnsafePointer<sgc_engine_options>?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let out = try unsafe require(outTrainer, "out_trainer")
        let options = try unsafe engineOptions(options)
        let text = try unsafe string(configuration, "configuration", limit: 1 << 20, tooLong: .limit)
        try unsafe publish(TrainerObject.create(configuration: text, options: options), at: out)
    }
}

@implementation @_cdecl("sgc_trainer_resume")
public func sgc_trainer_resume(
    _ outTrainer: UnsafeMutablePointer<OpaquePointer?>?, _ directory: UnsafePointer<CChar>?,
    _ options: UnsafePointer<sgc_engine_options>?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let out = try unsafe require(outTrainer, "out_trainer")
        let options = try unsafe engineOptions(options)
        let object = try unsafe TrainerObject.resume(directory: path(directory, "directory"), options: options)
        try unsafe publish(object, at: out)
    }
}

@implementation @_cdecl("sgc_trainer_free")
public func sgc_trainer_free(_ trainer: OpaquePointer?) -> sgc_status {
    withStatus { () throws(SGCError) in
        try unsafe trainer.free(as: TrainerObject.self)
    }
}

@implementation @_cdecl("sgc_trainer_set_teacher")
public func sgc_trainer_set_teacher(_ trainer: OpaquePointer?, _ teacher: OpaquePointer?) -> sgc_status {
    withStatus { () throws(SGCError) in
        let object = try unsafe trainer.object(as: TrainerObject.self)
        let chosen = unsafe teacher == nil ? nil : try teacher.object(as: TeacherObject.self).teacher
        try object.setTeacher(chosen)
    }
}

@implementation @_cdecl("sgc_trainer_imitate")
public func sgc_trainer_imitate(_ trainer: OpaquePointer?, _ tokenizer: OpaquePointer?) -> sgc_status {
    withStatus { () throws(SGCError) in
        let object = try unsafe trainer.object(as: TrainerObject.self)
        try unsafe object.imitate(tokenizer.object(as: TokenizerObject.self).tokenizer)
    }
}

@implementation @_cdecl("sgc_train_step")
public func sgc_train_step(
    _ outMetrics: UnsafeMutablePointer<sgc_step_metrics>?, _ trainer: OpaquePointer?,
    _ images: UnsafePointer<sgc_image>?, _ imageCount: Int, _ labels: UnsafePointer<sgc_label_map>?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let cancellation = unsafe trainer.cancellation
        let object = try unsafe trainer.object(as: TrainerObject.self)
        var metrics = sgc_step_metrics()
        if let outMetrics = unsafe outMetrics {
            metrics = try unsafe structure(UnsafePointer(outMetrics), "out_metrics")
        }
        let step = try unsafe trainStep(
            object, images: images, imageCount: imageCount, labels: labels, cancellation: cancellation)
        metrics.set(step)
        if let outMetrics = unsafe outMetrics {
            unsafe write(metrics, to: outMetrics)
        }
    }
}

@implementation @_cdecl("sgc_trainer_metrics")
public func sgc_trainer_metrics(
    _ outSizeBytes: UnsafeMutablePointer<Int>?, _ buffer: UnsafeMutablePointer<CChar>?, _ capacityBytes: Int,
    _ trainer: OpaquePointer?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let text = try unsafe trainer.object(as: TrainerObject.self).metricsText()
        try unsafe answer(text, size: outSizeBytes, buffer: buffer, capacity: capacityBytes)
    }
}

@implementation @_cdecl("sgc_trainer_save")
public func sgc_trainer_save(_ trainer: OpaquePointer?, _ directory: UnsafePointer<CChar>?) -> sgc_status {
    withStatus { () throws(SGCError) in
        let object = try unsafe trainer.object(as: TrainerObject.self)
        try unsafe object.save(directory: path(directory, "directory"))
    }
}

@implementation @_cdecl("sgc_trainer_export")
public func sgc_trainer_export(_ trainer: OpaquePointer?, _ directory: UnsafePointer<CChar>?) -> sgc_status {
    withStatus { () throws(SGCError) in
        let object = try unsafe trainer.object(as: TrainerObject.self)
        try unsafe object.export(directory: path(directory, "directory"))
    }
}

@implementation @_cdecl("sgc_trainer_snapshot")
public func sgc_trainer_snapshot(
    _ outTokenizer: UnsafeMutablePointer<OpaquePointer?>?, _ trainer: OpaquePointer?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let object = try unsafe trainer.object(as: TrainerObject.self)
        let out = try unsafe require(outTokenizer, "out_tokenizer")
        try unsafe publish(object.snapshot(), at: out)
    }
}
