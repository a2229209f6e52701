import SGCBase
import Testing

@testable import SGCCommand

@Suite("What people read and write")
struct ConsoleTests {
    @Test("Numbers have the digits that count")
    func numbers() {
        #expect(fixed(1.005, 1) == "1.0")
        #expect(fixed(-0.04, 1) == "0.0")
        #expect(fixed(-12.345, 2) == "-12.35")
        #expect(fixed(99.999, 2) == "100.00")
        #expect(fixed(.nan, 2) == "-")
        #expect(compact(0.01234) == "0.0123")
        #expect(compact(123.46) == "123.5")
        #expect(compact(0.000012) == "1.2e-5")
        #expect(duration(3_725) == "1:02:05")
        #expect(duration(65.4) == "1:05")
        #expect(byteText(1_610_612_736) == "1.5 GiB")
    }

    @Test("Sizes of memory and of images are read as people write them")
    func sizes() {
        #expect(ByteCount(argument: "2GiB")?.bytes == 2 << 30)
        #expect(ByteCount(argument: "512mb")?.bytes == 512_000_000)
        #expect(ByteCount(argument: "42")?.bytes == 42)
        for bad in ["", "GiB", "-1", "1.5GiB", "2 tons", "99999999999999999999", "9999999999999GiB"] {
            #expect(ByteCount(argument: bad) == nil)
        }
        #expect(PixelSize(argument: "128x64") == PixelSize(width: 128, height: 64))
        for bad in ["128", "0x4", "4x-1", "axb", "1x2x3", "99999x2"] { #expect(PixelSize(argument: bad) == nil) }
    }

    @Test("Wrong usage is status 2, a failure is 1")
    func status() {
        #expect(Entry.run(["train", "--nonsense"]) == 2)
        #expect(Entry.run(["nonsense"]) == 2)
        #expect(Entry.run(["info"]) == 2)
        #expect(Entry.run(["info", "--preset", "nonsense"]) == 1)
        #expect(Entry.run(["train", "--dry-run", "--set", "run.stepps=3"]) == 1)
    }
}
