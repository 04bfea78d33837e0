#include "build_info.h"

// In C since Package.swift can define a text for C only. A file of its own, so that a new commit compiles
// these few lines and the command's module anew, and none of the libraries.
#ifndef YOLACT_VIDEO_COMMIT
#define YOLACT_VIDEO_COMMIT "unknown"
#endif

const char *yv_build_commit(void) { return YOLACT_VIDEO_COMMIT; }
