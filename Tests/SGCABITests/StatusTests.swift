import CSGC
import Glibc
import SGCBase
import Testing

@testable import SGCABI

private func lastError() -> String {
    unsafe sgc_last_error().map { unsafe String(cString: $0) } ?? "NULL"
}

// Each test stays on one thread, since the last error is a thread's own.
@Suite
struct StatusTests {
    @Test("an error becomes the status and the message, and a success empties the message")
    func message() {
        let status = withStatus { () throws(SGCError) in throw SGCError(.range, "token 9 of 8") }
        #expect(status == 12)
        #expect(lastError() == "token 9 of 8")
        #expect(withStatus {} == 0)
        #expect(lastError() == "")
    }

    @Test("a long message is cut between characters to at most 511 bytes, control characters are not passed on")
    func bounded() {
        _ = withStatus { () throws(SGCError) in
            throw SGCError(.format, "a\n\u{1B}b" + String(repeating: "é", count: 400))
        }
        let text = lastError()
        #expect(text.hasPrefix("a??bé"))
        #expect(text.utf8.count == 510)
        #expect(!text.unicodeScalars.contains("\u{FFFD}"))
    }

    @Test("every code has its name in the header's order")
    func names() {
        #expect("\(statusName(0))" == "SGC_OK")
        #expect("\(statusName(12))" == "SGC_E_RANGE")
        #expect("\(statusName(SGCError.Code.internalError.rawValue))" == "SGC_E_INTERNAL")
        for strange in [19, -1, .min, .max] as [Int32] {
            #expect("\(statusName(strange))" == "SGC_E_?")
        }
        #expect(SGCError.Code.allCases.map(\.rawValue) == Array(1...18))
    }

    @Test("the body sees the default rounding, the caller keeps errno and its own")
    func surroundings() {
        fesetround(FE_UPWARD)
        defer { fesetround(FE_TONEAREST) }
        errno = 77
        var inside: Int32 = -1
        _ = withStatus { () throws(SGCError) in
            inside = fegetround()
            errno = 5
        }
        #expect(inside == FE_TONEAREST)
        #expect(errno == 77)
        #expect(fegetround() == FE_UPWARD)
    }

    @Test("the library does not call itself from its log callback")
    func callback() {
        unsafe sgc_set_log_callback(
            { _, _, result in
                let status = sgc_tokenizer_free(nil)
                unsafe result?.storeBytes(of: status, as: Int32.self)
            }, StatusTests.result)
        Log.write(.info, "line")
        sgc_set_log_callback(nil, nil)
        #expect(unsafe StatusTests.result.load(as: Int32.self) == SGCError.Code.state.rawValue)
    }

    /// Where the callback leaves what it got.
    nonisolated(unsafe) private static let result = UnsafeMutableRawPointer.allocate(byteCount: 4, alignment: 4)
}
