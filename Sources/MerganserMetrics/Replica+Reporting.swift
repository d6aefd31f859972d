#if Metrics
  public import CoreMetrics
  public import Logging
  public import Merganser

  extension Replica {
    /// Reports what the replica does from now on: as metrics, named `merganser.` and what they count, and
    /// in a log.
    ///
    /// ```swift
    /// replica.report(to: Logger(label: "bank"))
    /// ```
    ///
    /// The log has failures as errors, what was refused in a sync as warnings, completed checkpoints and
    /// truncations of the log as `debug`. Commits are counted only.
    ///
    /// - Parameters:
    ///   - logger: where failures are logged.
    ///   - dimensions: what tells this replica's metrics apart; its id, unless something else is given.
    ///   - factory: what makes the metrics; the system's, unless another is given.
    public func report(
      to logger: Logger, dimensions: [(String, String)]? = nil,
      factory: any MetricsFactory = MetricsSystem.factory
    ) {
      let metrics = ReplicaMetrics(
        dimensions ?? [("replica", id.shortDescription)], factory: factory)
      var log = ReplicaLog(logger: logger)
      log.logger[metadataKey: "replica"] = "\(id.shortDescription)"
      let fixed = log
      observe { event in
        metrics.record(event)
        fixed.record(event)
      }
    }
  }

  /// What a replica does, as lines of a log.
  private struct ReplicaLog: Sendable {
    var logger: Logger

    func record(_ event: ReplicaEvent) {
      switch event {
      case .storingFailed(let error):
        logger.error("commits were refused by the storage", metadata: ["error": "\(error)"])
      case .maintenanceFailed(let error):
        logger.error(
          "a checkpoint or a truncation of the log failed, and is tried again",
          metadata: ["error": "\(error)"])
      case .syncFailed(let error):
        logger.error("a sync failed", metadata: ["error": "\(error)"])
      case .executedTwice(let double):
        logger.error("a request was executed twice", metadata: ["request": "\(double)"])
      case .voided(let rows):
        for row in rows { logger.notice("a row is void", metadata: ["row": "\(row)"]) }
      case .holdStuck(let request, let error):
        logger.error(
          "what was taken for a request could not be used or given back, and is tried again",
          metadata: ["request": "\(request)", "error": "\(error)"])
      case .synced(let report), .linked(let report):
        for refusal in report.refused {
          logger.warning("a version was refused", metadata: ["reason": "\(refusal)"])
        }
        logger.debug(
          "synced", metadata: ["received": "\(report.received)", "sent": "\(report.sent)"])
      case .checkpointed(let part) where part.isLast: logger.debug("a checkpoint is complete")
      case .truncated(let before, let after):
        logger.debug("the log was truncated", metadata: ["from": "\(before)", "to": "\(after)"])
      case .stored, .checkpointed, .status: break
      }
    }
  }
#endif
