#if Network
  import Foundation
  import MerganserModel
  import MerganserTypes
  import NIOSSL
  import SwiftASN1
  import X509

  /// A member's certificate that was checked: one of the authority itself, with nothing between the two.
  struct MemberCertificate {
    let name: MemberName
    let serial: String
    let end: Date

    /// Checks what the other side shows.
    ///
    /// - Parameters:
    ///   - shown: the certificate of the other side.
    ///   - authority: who has to have signed it.
    ///   - now: the time.
    ///   - revoked: which are not taken.
    /// - Throws: what is wrong with it. Whether it is of this database is not asked.
    init(
      _ shown: NIOSSLCertificate?, by authority: Certificate, now: Date, revoked: RevokedMembers
    ) throws(NetworkError) {
      guard let shown else { throw .noCertificate }
      let certificate: Certificate
      do { certificate = try Certificate(derEncoded: shown.toDERBytes()) } catch {
        throw .unknownAuthority(reason: "it cannot be read: \("\(error)".shortened)")
      }
      guard let name = MemberName(of: certificate), let replica = name.replica else {
        throw .certificateNamesNobody
      }
      guard certificate.issuer == authority.subject else {
        // What another authority says of another database is told as that.
        if let ours = MemberName(of: authority)?.database, name.database != ours {
          throw .certificateOfOtherDatabase(ours: ours, theirs: name.database)
        }
        throw .unknownAuthority(
          reason: "it names another one: \("\(certificate.issuer)".shortened)")
      }
      guard authority.publicKey.isValidSignature(certificate.signature, for: certificate) else {
        throw .unknownAuthority(reason: "the signature is another's")
      }
      let begin = max(certificate.notValidBefore, authority.notValidBefore)
      end = min(certificate.notValidAfter, authority.notValidAfter)
      guard now <= end else { throw .certificateExpired(ended: end) }
      guard now >= begin else { throw .certificateNotYetValid(begins: begin) }
      serial = certificate.serialNumber.hexadecimal
      guard !revoked.contains(serial: serial, of: replica) else {
        throw .certificateRevoked(serial: serial)
      }
      self.name = name
    }
  }
#endif
