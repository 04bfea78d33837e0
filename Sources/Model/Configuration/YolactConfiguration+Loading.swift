import Foundation
import OutputFiles

extension YolactConfiguration {
    /// The configuration that a command line names: a preset, such as `yolact_resnet50`, or a JSON file.
    ///
    /// - Throws: ``ConfigurationError`` if it is neither, or the file's configuration is unsound.
    public static func load(_ nameOrPath: String) throws(ConfigurationError) -> YolactConfiguration
    {
        if let preset = preset(named: nameOrPath) { return preset }
        guard FileManager.default.fileExists(atPath: nameOrPath) else {
            let names = presets.map(\.name).joined(separator: ", ")
            throw ConfigurationError(
                source: nameOrPath,
                problems: ["neither a JSON file nor one of the known configurations (\(names))"])
        }
        return try decode(read(nameOrPath), source: nameOrPath)
    }

    /// The bytes of a file.
    static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            // Foundation's own description says the path again, and not what the system said.
            let cause = ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue
            throw ConfigurationError(
                source: path, problems: ["cannot read: \(cause.map(systemText) ?? "no file")"])
        }
    }

    /// The preset that an official file name tells: `<config>_<epoch>_<iteration>.pth`, with or without
    /// the `_interrupt` of a training that was stopped; or the preset's bare name.
    static func preset(forFile path: String) -> YolactConfiguration? {
        let file = path.split(separator: "/").last ?? ""
        var parts = file.prefix { $0 != "." }.split(
            separator: "_", omittingEmptySubsequences: false)
        if let whole = preset(named: parts.joined(separator: "_")) { return whole }
        if parts.last == "interrupt" { parts.removeLast() }
        guard parts.count > 2, parts.suffix(2).allSatisfy({ Int($0) != nil }) else { return nil }
        return preset(named: parts.dropLast(2).joined(separator: "_"))
    }

    /// Decodes and checks a configuration in JSON.
    static func decode(
        _ json: [UInt8], source: String
    ) throws(ConfigurationError) -> YolactConfiguration {
        let configuration: YolactConfiguration
        do {
            configuration = try JSONDecoder().decode(YolactConfiguration.self, from: Data(json))
        } catch let error as DecodingError {
            throw ConfigurationError(source: source, problems: [describe(error)])
        } catch {
            throw ConfigurationError(source: source, problems: ["\(error)"])
        }
        do {
            return try configuration.validated()
        } catch {
            throw ConfigurationError(source: source, problems: error.problems)
        }
    }

    /// The configuration as JSON, the form that ``load(_:)`` reads.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// What is wrong with a configuration's JSON: which field, what has to be there, and an example.
    static func describe(_ error: DecodingError) -> String {
        func names(_ path: [any CodingKey]) -> [String] {
            path.filter { $0.intValue == nil }.map(\.stringValue)
        }
        switch error {
        case .keyNotFound(let key, let context):
            let path = names(context.codingPath + [key])
            let form = ConfigurationField.at(path).map { ": \($0.requirement)" } ?? ""
            return "the configuration lacks \"\(path.joined(separator: "."))\"\(form)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            if let field = ConfigurationField.at(names(context.codingPath)) {
                return "\(field.path) must be \(field.requirement)"
            }
            if case .dataCorrupted = error { return "not a configuration in JSON\(place(context))" }
            return "a configuration must be an object, such as {\"inputSize\": 550}"
        @unknown default: return "not a configuration in JSON"
        }
    }

    /// Where text ends to be JSON, if that is known.
    private static func place(_ context: DecodingError.Context) -> String {
        let index = (context.underlyingError as NSError?)?.userInfo["NSJSONSerializationErrorIndex"]
        return (index as? Int).map { " (at byte \($0))" } ?? ""
    }
}
