import Model

extension LabelFont {
    /// The path of the font that comes with the program.
    static func locate() throws(OverlayError) -> String {
        do {
            return try ResourceLocator().path(of: "DejaVuSans-Bold.ttf", in: "Pipeline")
        } catch {
            throw .fontNotFound(searched: error.searched)
        }
    }
}
