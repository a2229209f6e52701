package import SGCBase

extension ReferenceBackend: CodebookBackend {
    package func nearestCodes(
        _ z: Tensor, codebook: Tensor, distance: CodeDistance, wantsAnchors: Bool
    ) throws(SGCError) -> NearestCodes {
        let latents = try read(z, "nearest code")
        let entries = try read(codebook, "nearest code")
        let (latentCount, codeCount, width) = (z.shape[0], codebook.shape[0], z.shape[1])
        var codes = [Int](repeating: 0, count: latentCount)
        var distances = [Double](repeating: .infinity, count: latentCount)
        var secondDistances = distances
        var anchors = [Int](repeating: 0, count: codeCount)
        var anchorDistances = [Double](repeating: .infinity, count: codeCount)
        for t in 0..<latentCount {
            let latent = latents[t * width..<(t + 1) * width]
            for k in 0..<codeCount {
                let d = value(of: distance, latent, entries[k * width..<(k + 1) * width])
                if d < distances[t] {
                    (codes[t], secondDistances[t], distances[t]) = (k, distances[t], d)
                } else if d < secondDistances[t] {
                    secondDistances[t] = d
                }
                if d < anchorDistances[k] { (anchors[k], anchorDistances[k]) = (t, d) }
            }
        }
        return NearestCodes(
            codes: try make(indices: codes, [latentCount], on: z.device),
            distances: try make(distances, like: z, shape: [latentCount], "nearest code"),
            secondDistances: try make(secondDistances, like: z, shape: [latentCount], "nearest code"),
            anchors: wantsAnchors ? try make(indices: anchors, [codeCount], on: z.device) : nil)
    }
}

private func value(of distance: CodeDistance, _ z: ArraySlice<Double>, _ e: ArraySlice<Double>) -> Double {
    distance.parts.reduce(0) { sum, part in
        var square = 0.0
        for c in part.channels {
            let difference = z[z.startIndex + c] - e[e.startIndex + c]
            square += difference * difference
        }
        return sum + Double(part.weight) * (distance.isSquared ? square : square.squareRoot())
    }
}
