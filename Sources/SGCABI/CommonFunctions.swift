// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase
// sgc.h, sections version, status and logging. The documentation of each function is there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation, AlwaysUseLowerCamelCase

import CHost
public import CSGC
import SGCBase

@implementation @_cdecl("sgc_version")
public func sgc_version() -> Int32 {
    Int32(SGC_VERSION_MAJOR * 1_000_000 + SGC_VERSION_MINOR * 1_000 + SGC_VERSION_PATCH)
}

@implementation @_cdecl("sgc_version_string")
public func sgc_version_string() -> UnsafePointer<CChar>? {
    unsafe ("0.1.0" as StaticString).asCString
}

@implementation @_cdecl("sgc_abi_version")
public func sgc_abi_version() -> Int32 {
    Int32(SGC_ABI_VERSION)
}

@implementation @_cdecl("sgc_status_name")
public func sgc_status_name(_ status: sgc_status) -> UnsafePointer<CChar>? {
    unsafe statusName(status).asCString
}

@implementation @_cdecl("sgc_last_error")
public func sgc_last_error() -> UnsafePointer<CChar>? {
    unsafe ThreadRecord.current(create: false)?.text ?? ("" as StaticString).asCString
}

@implementation @_cdecl("sgc_set_log_callback")
public func sgc_set_log_callback(_ callback: sgc_log_callback?, _ userData: UnsafeMutableRawPointer?) {
    unsafe LogCallback.install(callback, userData)
}

@implementation @_cdecl("sgc_cancel")
public func sgc_cancel(_ handle: UnsafeRawPointer?) -> sgc_status {
    let value = UInt64(UInt(bitPattern: handle))
    let isAlive = chost_slot_cancel(UInt32(truncatingIfNeeded: value & 0xFFFF), value)
    return isAlive ? sgc_status(SGC_OK) : sgc_status(SGC_E_HANDLE)
}
