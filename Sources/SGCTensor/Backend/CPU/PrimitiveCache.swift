/// oneDNN primitives by descriptor.
final class PrimitiveCache: Sendable {}
