import Foundation

/// What a command line names as a configuration: a whole one, or what the weights do not tell.
public enum ConfigurationInput: Sendable, Hashable {
    /// A preset, or a JSON file that describes a network.
    case whole(YolactConfiguration)
    /// A JSON file that leaves the network itself to the weights: an object without `backbone`.
    case changes(ConfigurationChanges)

    /// Switches of the official code that change what a network computes, cannot be told from weights and
    /// are not supported here.
    static let unsupportedSwitches: Set = [
        "preserve_aspect_ratio", "use_yolo_regressors", "use_coeff_nms", "mask_proto_use_grid",
    ]

    /// Loads what `nameOrPath` names.
    ///
    /// - Throws: ``ConfigurationError`` if it is neither a preset nor a sound JSON file;
    ///   ``UnsupportedConfiguration`` if the file turns on a switch of the official code that is not
    ///   supported.
    public static func load(_ nameOrPath: String) throws -> ConfigurationInput {
        if YolactConfiguration.preset(named: nameOrPath) != nil
            || !FileManager.default.fileExists(atPath: nameOrPath)
        {
            return .whole(try YolactConfiguration.load(nameOrPath))
        }
        let bytes = try YolactConfiguration.read(nameOrPath)
        guard
            let object = try? JSONSerialization.jsonObject(with: Data(bytes)),
            let fields = object as? [String: Any]
        else {
            // The decoder's complaint is the better one.
            return .whole(try YolactConfiguration.decode(bytes, source: nameOrPath))
        }
        for name in fields.keys.sorted() where unsupportedSwitches.contains(name) {
            if fields[name] as? Bool != false {
                throw UnsupportedConfiguration(name: nameOrPath, feature: name)
            }
        }
        let unknown = ConfigurationField.unknown(in: fields).filter {
            !unsupportedSwitches.contains($0)
        }
        guard unknown.isEmpty else {
            throw ConfigurationError(
                source: nameOrPath,
                problems: ["unknown fields: \(unknown.joined(separator: ", "))"])
        }
        if fields["backbone"] != nil {
            return .whole(try YolactConfiguration.decode(bytes, source: nameOrPath))
        }
        let known: Set = ["name", "inputSize", "anchors", "classNames", "scoring"]
        let lone = Set(fields.keys).subtracting(known).subtracting(unsupportedSwitches).sorted()
        guard lone.isEmpty else {
            throw ConfigurationError(
                source: nameOrPath,
                problems: [
                    "\(lone.joined(separator: ", ")) only together with backbone; without it the "
                        + "network is read off the weights"
                ])
        }
        do {
            return .changes(try JSONDecoder().decode(ConfigurationChanges.self, from: Data(bytes)))
        } catch let error as DecodingError {
            throw ConfigurationError(
                source: nameOrPath, problems: [YolactConfiguration.describe(error)])
        }
    }
}
