/* One chunk of a log in, what its plain lines tell out: counted, without a Python object for each.
 *
 * Nine lines in ten of a debug log tell nothing, and of a dense one nearly all are of five kinds:
 * those are counted here. Whatever does not look exactly as LiveKit writes it, and every rarer
 * event, is only pointed out, and Python reads it (`reader.py`): a doubt costs time, never a count.
 * No allocation, no I/O, no state of its own.
 */
#include "dev.h"
#include "json.h"

#include <stddef.h>

typedef int Shape(const char *p, const char *end);
typedef int Count(Scan *scan, const char *data, Place place);

static void begin_anew(Scan *scan) {
    size_t from = offsetof(Scan, lines);
    memset((char *)scan + from, 0, offsetof(Scan, noted) - from);
    empty(&scan->sources);
    empty(&scan->calls);
    empty(&scan->models);
    empty(&scan->messages);
}

static int32_t lines(Scan *scan, const char *data, int64_t size, Shape *shape, Count *count) {
    begin_anew(scan);
    for (const char *p = data, *all = data + size, *end; p < all; p = end + 1) {
        if (scan->lines == MOST_LINES || size > INT32_MAX) return -1;
        end = memchr(p, '\n', (size_t)(all - p));
        if (!end) end = all;
        Place place = {scan->lines++, (int32_t)(p - data), (int32_t)(end - data), 0};
        place.framed = end - p <= scan->longest && shape(p, end);
        if (!place.framed) scan->ordered = 1;
        if (!place.framed || !count(scan, data, place)) scan->places[scan->places_n++] = place;
    }
    return 0;
}

/* Scan a chunk of whole lines; -1 if it has too many. */
int32_t scan_json(Scan *scan, const char *data, int64_t size) {
    return lines(scan, data, size, is_json, json);
}

int32_t scan_dev(Scan *scan, const char *data, int64_t size) {
    return lines(scan, data, size, is_dev, dev);
}

#ifndef SCAN_SOURCE
#define SCAN_SOURCE 0u
#endif

/* What `library.py` checks: the CRC-32 of the source that this was built of, and the struct's size. */
uint64_t scan_version(void) { return (uint64_t)SCAN_SOURCE << 32 | sizeof(Scan); }
