// From libgomp, which Debian's oneDNN runs on. Its header belongs to gcc and is not on clang's path.
#pragma once

extern void omp_set_num_threads(int count);
extern int omp_get_max_threads(void);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
// What gcc compiles `#pragma omp parallel` to; 0 threads means omp_get_max_threads().
extern void GOMP_parallel(void (*work)(void *), void *data, unsigned threads, unsigned flags);
// And `#pragma omp barrier`.
extern void GOMP_barrier(void);
