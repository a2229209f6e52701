// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// sgc.h, section tokenizer. The documentation of each function is there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

public import CSGC
import SGCBase
import SGCTokenizer

@implementation @_cdecl("sgc_tokenizer_load")
public func sgc_tokenizer_load(
    _ outTokenizer: UnsafeMutablePointer<OpaquePointer?>?, _ directory: UnsafePointer<CChar>?,
    _ options: UnsafePointer<sgc_engine_options>?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let out = try unsafe require(outTokenizer, "out_tokenizer")
        let options = try unsafe engineOptions(options)
        let object = try unsafe TokenizerObject.load(directory: path(directory, "directory"), options: options)
        try unsafe publish(object, at: out)
    }
}

@implementation @_cdecl("sgc_tokenizer_free")
public func sgc_tokenizer_free(_ tokenizer: OpaquePointer?) -> sgc_status {
    withStatus { () throws(SGCError) in
        try unsafe tokenizer.free(as: TokenizerObject.self)
    }
}

@implementation @_cdecl("sgc_tokenizer_info")
public func sgc_tokenizer_info(
    _ outSizeBytes: UnsafeMutablePointer<Int>?, _ buffer: UnsafeMutablePointer<CChar>?, _ capacityBytes: Int,
    _ tokenizer: OpaquePointer?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let information = try unsafe tokenizer.object(as: TokenizerObject.self).tokenizer.information()
        try unsafe answer(information, size: outSizeBytes, buffer: buffer, capacity: capacityBytes)
    }
}

@implementation @_cdecl("sgc_tokenizer_shape")
public func sgc_tokenizer_shape(
    _ outCodebookSize: UnsafeMutablePointer<Int32>?, _ outCodeDimension: UnsafeMutablePointer<Int32>?,
    _ outDownsamplingFactor: UnsafeMutablePointer<Int32>?, _ tokenizer: OpaquePointer?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let model = try unsafe tokenizer.object(as: TokenizerObject.self).tokenizer
        unsafe outCodebookSize?.pointee = Int32(clamping: model.codebookSize)
        unsafe outCodeDimension?.pointee = Int32(clamping: model.codeDimension)
        unsafe outDownsamplingFactor?.pointee = Int32(clamping: model.downsamplingFactor)
    }
}

@implementation @_cdecl("sgc_token_grid")
public func sgc_token_grid(
    _ outRows: UnsafeMutablePointer<Int32>?, _ outColumns: UnsafeMutablePointer<Int32>?, _ tokenizer: OpaquePointer?,
    _ width: Int32, _ height: Int32
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let object = try unsafe tokenizer.object(as: TokenizerObject.self)
        let (rows, columns) = try unsafe (require(outRows, "out_rows"), require(outColumns, "out_columns"))
        let grid = try object.grid(width: Int(width), height: Int(height))
        unsafe rows.pointee = Int32(clamping: grid.rows)
        unsafe columns.pointee = Int32(clamping: grid.columns)
    }
}

@implementation @_cdecl("sgc_encode")
public func sgc_encode(
    _ outEncoding: UnsafeMutablePointer<sgc_encoding>?, _ tokenizer: OpaquePointer?,
    _ images: UnsafePointer<sgc_image>?, _ imageCount: Int
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let cancellation = unsafe tokenizer.cancellation
        let object = try unsafe tokenizer.object(as: TokenizerObject.self)
        let call = unsafe EncodeCall(object, images: images, imageCount: imageCount, cancellation: cancellation)
        try unsafe call.run(require(outEncoding, "out_encoding"))
    }
}

@implementation @_cdecl("sgc_decode")
public func sgc_decode(
    _ outImages: UnsafePointer<sgc_mutable_image>?, _ imageCount: Int, _ tokenizer: OpaquePointer?,
    _ tokens: UnsafePointer<Int32>?, _ tokenCount: Int, _ rows: Int32, _ columns: Int32
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let cancellation = unsafe tokenizer.cancellation
        let object = try unsafe tokenizer.object(as: TokenizerObject.self)
        let factor = object.tokenizer.downsamplingFactor
        let grid = try TokenGrid(rows: Int(rows), columns: Int(columns), factor: factor)
        let call = unsafe DecodeCall(
            object, tokens: tokens, tokenCount: tokenCount, grid: grid, cancellation: cancellation)
        try unsafe call.run(outImages, imageCount: imageCount)
    }
}

@implementation @_cdecl("sgc_quantize")
public func sgc_quantize(
    _ outTokens: UnsafeMutablePointer<Int32>?, _ outMargins: UnsafeMutablePointer<Float>?, _ tokenizer: OpaquePointer?,
    _ latents: UnsafePointer<Float>?, _ latentCount: Int
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let cancellation = unsafe tokenizer.cancellation
        let object = try unsafe tokenizer.object(as: TokenizerObject.self)
        let call = unsafe QuantizeCall(
            object, latents: latents, latentCount: latentCount, cancellation: cancellation)
        try unsafe call.run(tokens: outTokens, margins: outMargins)
    }
}

@implementation @_cdecl("sgc_codebook")
public func sgc_codebook(
    _ outCount: UnsafeMutablePointer<Int>?, _ codes: UnsafeMutablePointer<Float>?, _ capacity: Int,
    _ tokenizer: OpaquePointer?
) -> sgc_status {
    withStatus { () throws(SGCError) in
        let object = try unsafe tokenizer.object(as: TokenizerObject.self)
        let model = object.tokenizer
        let needed = model.codebookSize * model.codeDimension
        try unsafe require(outCount, "out_count").pointee = needed
        if unsafe codes == nil && capacity == 0 { return }
        let codes = try unsafe require(codes, "codes")
        guard hasRoom(capacity, for: needed) else {
            throw SGCError(.argument, "capacity: expected at least \(needed), got \(capacity)")
        }
        let values = try object.codebook()
        unsafe UnsafeMutableRawBufferPointer(start: codes, count: needed * 4)
            .copyBytes(from: values.prefix(needed).withUnsafeBytes { unsafe Array($0) })
    }
}
