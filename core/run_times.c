/* SPDX-License-Identifier: MIT */
/* run_times.c - where time went: timings.json, and lines for the curious. */
#include "run_state.h"

#include "files.h"
#include "json.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>

double
mesa_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

mesa_status
mesa_run_write_timings(struct run *run, struct mesa_error *err)
{
    struct mesa_text text = { 0 };
    struct mesa_json_writer w = mesa_json_writer(&text);
    struct rusage usage;
    struct utsname host;
    char *result;
    mesa_status st;

    getrusage(RUSAGE_SELF, &usage);
    mesa_json_open(&w, '{');
    mesa_json_key(&w, "wall_seconds");
    mesa_json_double(&w, mesa_now() - run->started);
    mesa_json_key(&w, "cpu_seconds");
    mesa_json_double(&w, (double)usage.ru_utime.tv_sec +
                             1e-6 * (double)usage.ru_utime.tv_usec);
    mesa_json_key(&w, "peak_memory_kib");
    mesa_json_uint(&w, (uint64_t)usage.ru_maxrss);
    mesa_json_key(&w, "threads");
    mesa_json_uint(&w, mesa_parallel_threads());
    mesa_json_key(&w, "host");
    mesa_json_string(&w, uname(&host) == 0 ? host.nodename : "");
    if (run->report.n_times) {
        mesa_json_key(&w, "seconds");
        mesa_json_open(&w, '{');
        for (size_t i = 0; i < run->report.n_times; i++) {
            mesa_json_key(&w, run->report.time[i].key);
            mesa_json_double(&w, run->report.time[i].value);
        }
        mesa_json_close(&w, '}');
    }
    mesa_json_close(&w, '}');
    mesa_text_printf(&text, "\n");
    result = mesa_text_take(&text);
    st = result ? mesa_file_put(run->folder, "timings.json", result, err)
                : mesa_nomem(err, 1, "timings");
    mesa_free(result);
    return st;
}
