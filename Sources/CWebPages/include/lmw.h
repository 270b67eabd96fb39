// The files of the web pages, which are part of the program: no folder has to be installed beside it.
#ifndef LMW_H
#define LMW_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One file. All pointers stay valid as long as the program runs.
typedef struct {
    /// Where it is served: "/", "/ui" or "/assets/…".
    const char *path;
    /// Value of the header Content-Type.
    const char *content_type;
    const unsigned char *bytes;
    size_t length;
} lmw_file;

/// How many files there are.
size_t lmw_file_count(void);

/// A file by its place, below `lmw_file_count()`; others give NULL.
const lmw_file *lmw_file_at(size_t index);

/// The file that is served at a path, or NULL. The path must match exactly: it has no query and no dots to resolve.
const lmw_file *lmw_file_with_path(const char *path);

/// 64-bit FNV-1a of a file's bytes: as sixteen hexadecimal digits in quotes it is a strong ETag.
uint64_t lmw_file_digest(const lmw_file *file);

/// The header Content-Security-Policy that all pages work with: nothing from elsewhere, nothing inline.
const char *lmw_content_security_policy(void);

#ifdef __cplusplus
}
#endif

#endif
