import Foundation
import Logging
import OutputFiles

extension CommandFiles {
    /// Removes what killed runs of the same command have left unfinished beside the outputs, and says so.
    func removeLeftovers(_ logger: Logger) {
        for path in outputs.flatMap({ OutputFile.leftovers(of: $0.path) }) where unlink(path) == 0 {
            logger.notice("removed \(path), which a run that was killed had left unfinished")
        }
    }
}
