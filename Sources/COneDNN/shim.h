// oneDNN, versions 2.6 to 3.7, and the runtime of its threads.
#pragma once
#include "openmp.h"
#include "primitives.h"

// From glibc; malloc.h is not in Swift's module of it.
extern int malloc_trim(size_t pad);
