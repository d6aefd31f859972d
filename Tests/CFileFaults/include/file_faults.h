// Records what a process does to the files of one folder, and makes chosen calls fail.
//
// The functions of the C library that write to files are defined anew in this target; whatever is
// linked into the same executable, LMDB's shared library too, comes here first. Linux only.
#ifndef FILE_FAULTS_H
#define FILE_FAULTS_H

#include <stddef.h>

// What is recorded, one record for each call that succeeded:
//   kind (1 byte), file (8 bytes), offset (8), length (8), and as many bytes.
// A name's bytes are relative to the folder; a renaming has both names, a zero byte between.
enum file_record {
  file_write = 1,      // The bytes were written at the offset.
  file_write_durable,  // The same through a descriptor that waits for the disk.
  file_truncate,       // The file now ends at the offset.
  file_sync,           // Everything written to the file before is on disk.
  file_create,         // The name now leads to the file.
  file_rename,
  file_remove,
  file_sync_folder,  // Every name before is on disk.
  file_note,         // What the workload says.
};

enum file_fault {
  fault_none,
  fault_io,           // EIO.
  fault_no_space,     // ENOSPC.
  fault_short_write,  // Half of it is written; for other calls, EIO.
  fault_full_disk,    // ENOSPC for every write from then on, until it is disarmed.
  fault_kill,         // The process is killed before the call.
};

// What can fail.
enum file_function {
  file_any_function,
  file_open_new,  // open and mkstemp, where they make a file.
  file_write_call,
  file_pwrite_call,
  file_writev_call,
  file_fsync,
  file_fdatasync,
  file_ftruncate,
  file_renaming,
  file_functions,  // How many there are.
};

// Watches the files in `folder`, and records to the file `trace` unless it is NULL.
void file_faults_watch(const char *folder, const char *trace);
void file_faults_stop(void);

// Records a note.
void file_faults_note(const char *text);

// Makes the call number `call` from now, of those that write, fail; the next is number 0.
void file_faults_arm(enum file_fault fault, long call);

// The same for the calls of one function.
void file_faults_arm_function(enum file_fault fault, enum file_function function, long call);

// How often a function was called since the folder is watched.
long file_faults_calls(enum file_function function);

// Makes no more calls fail. Returns whether one has failed since it was armed.
int file_faults_disarm(void);

#endif
