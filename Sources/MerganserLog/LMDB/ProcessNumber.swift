import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Tells a process from those that are forked off from it.
///
/// It counts forks. Comparing the count costs a read of memory, and asking for the process's id a system call.
struct ProcessNumber: Equatable {
  private let forks: Int

  private static let forks = Atomic<Int>(0)
  private static let begin: Void = {
    _ = pthread_atfork(nil, nil) { _ = ProcessNumber.forks.wrappingAdd(1, ordering: .relaxed) }
  }()

  /// The number of this process.
  static var current: ProcessNumber {
    _ = begin
    return ProcessNumber(forks: forks.load(ordering: .relaxed))
  }
}
