// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// sgc.h, section teacher. The documentation of each function is there.

public import CSGC
import SGCBase
import SGCTokenizer

@implementation @_cdecl("sgc_teacher_load")
public func sgc_teacher_load(
    _ outTeacher: UnsafeMutablePointer<OpaquePointer?>?, _ path: UnsafePointer<CChar>?,
    _ options: UnsafePointer<sgc_engine_options>?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let out = try unsafe require(outTeacher, "out_teacher")
        let options = try unsafe engineOptions(options)
        let object = try unsafe TeacherObject.load(path: SGCABI.path(path, "path"), options: options)
        try unsafe publish(object, at: out)
    }
}

@implementation @_cdecl("sgc_teacher_free")
public func sgc_teacher_free(_ teacher: OpaquePointer?) -> sgc_status {
    withStatus { () throws(SGCError) in
        try unsafe teacher.free(as: TeacherObject.self)
    }
}

@implementation @_cdecl("sgc_teacher_info")
public func sgc_teacher_info(
    _ outSizeBytes: UnsafeMutablePointer<Int>?, _ buffer: UnsafeMutablePointer<CChar>?, _ capacityBytes: Int,
    _ teacher: OpaquePointer?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let information = try unsafe teacher.object(as: TeacherObject.self).teacher.information()
        try unsafe answer(information, size: outSizeBytes, buffer: buffer, capacity: capacityBytes)
    }
}

@implementation @_cdecl("sgc_teacher_shape")
public func sgc_teacher_shape(
    _ outRows: UnsafeMutablePointer<Int32>?, _ outColumns: UnsafeMutablePointer<Int32>?,
    _ outChannels: UnsafeMutablePointer<Int32>?, _ teacher: OpaquePointer?, _ width: Int32, _ height: Int32
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let cancellation = unsafe teacher.cancellation
        let object = try unsafe teacher.object(as: TeacherObject.self)
        let grid = try object.grid(width: Int(width), height: Int(height), cancellation: cancellation)
        unsafe outRows?.pointee = Int32(clamping: grid.rows)
        unsafe outColumns?.pointee = Int32(clamping: grid.columns)
        unsafe outChannels?.pointee = Int32(clamping: grid.channels)
    }
}

@implementation @_cdecl("sgc_teacher_run")
public func sgc_teacher_run(
    _ outAnswer: UnsafeMutablePointer<sgc_teacher_answer>?, _ teacher: OpaquePointer?,
    _ images: UnsafePointer<sgc_image>?, _ imageCount: Int
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let cancellation = unsafe teacher.cancellation
        let object = try unsafe teacher.object(as: TeacherObject.self)
        let call = unsafe TeacherCall(object, images: images, imageCount: imageCount, cancellation: cancellation)
        try unsafe call.run(require(outAnswer, "out_answer"))
    }
}

@implementation @_cdecl("sgc_teacher_evaluate")
public func sgc_teacher_evaluate(
    _ outputs: UnsafeMutablePointer<sgc_tensor>?, _ outputCount: Int, _ teacher: OpaquePointer?,
    _ inputs: UnsafePointer<sgc_tensor>?, _ inputCount: Int
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let cancellation = unsafe teacher.cancellation
        let object = try unsafe teacher.object(as: TeacherObject.self)
        try unsafe evaluate(
            object, outputs: outputs, outputCount: outputCount, inputs: inputs, inputCount: inputCount,
            cancellation: cancellation)
    }
}
