#if Network
  import Foundation
  import MerganserModel
  import SwiftASN1
  import X509

  /// A key and certificates, as PEM in one file.
  struct KeyDocuments {
    let path: String
    let key: Certificate.PrivateKey
    let certificates: [Certificate]

    /// Reads the key and so many certificates, in this order.
    init(at location: some FileLocation, certificates count: Int) throws {
      let path = try location.checkedPath()
      self.path = path
      let text = try PrivateFile.read(location)
      do {
        let documents = try PEMDocument.parseMultiple(pemString: text)
        guard documents.count == count + 1 else {
          throw NetworkError.invalidKeyFile(
            path: path, reason: "it has \(documents.count) documents, and not \(count + 1)")
        }
        key = try Certificate.PrivateKey(pemDocument: documents[0])
        certificates = try documents.dropFirst().map { try Certificate(pemDocument: $0) }
      } catch let error as NetworkError {
        throw error
      } catch {
        throw NetworkError.invalidKeyFile(path: path, reason: "\(error)".shortened)
      }
    }

    /// The text of a key and certificates.
    static func text(_ key: Certificate.PrivateKey, with certificates: [Certificate]) throws
      -> String
    {
      try key.serializeAsPEM().pemString + "\n" + text(certificates)
    }

    /// The text of certificates.
    static func text(_ certificates: [Certificate]) throws -> String {
      try certificates.map { try $0.serializeAsPEM().pemString + "\n" }.joined()
    }
  }

  extension Certificate {
    /// Its bytes.
    var der: [UInt8] {
      get throws {
        var serializer = DER.Serializer()
        try serializer.serialize(self)
        return serializer.serializedBytes
      }
    }
  }
#endif
