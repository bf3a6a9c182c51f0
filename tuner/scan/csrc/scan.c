/* A chunk of a log in, the counts of its plain lines out, without a Python object for each line.
 *
 * Nine lines in ten of a debug log add nothing, and of a dense one nearly all are of a dozen kinds:
 * those are counted here, by the rows of the catalogue. Whatever does not look exactly as LiveKit
 * writes it, and every rarer event, is only pointed out, and Python reads it (`careful.py`): a doubt costs time, never a count.
 * No allocation, no I/O, no state of its own.
 */
#include "bare_lines.h"
#include "colours.h"
#include "exports.h"
#include "framed_lines.h"
#include "known_records.h"
#include "lists.h"
#include "livekit_dev.h"
#include "livekit_json.h"
#include "offsets.h"
#include "mixed_lines.h"
#include "pipecat.h"
#include "pipecat_turns.h"
#include "screens.h"
#include "spread_records.h"
#include "text.h"
#include "docker_text.h"
#include "texts.h"
#include "dated_lines.h"
#include "gathered.h"

typedef int Looks(const char *p, const char *end);
typedef int Count(Scan *scan, const char *data, const Place *place);

static void begin_anew(Scan *scan) {
    for (int i = 0; i < scan->latencies_n; i++)
        for (int32_t n = 0; n < scan->bins_n[i]; n++)
            if ((uint64_t)scan->bins[i][n].ms < SHORT_MS) scan->bin_of[i][scan->bins[i][n].ms] = 0;
    size_t from = offsetof(Scan, lines);
    memset((char *)scan + from, 0, offsetof(Scan, noted) - from);
    empty(&scan->others);
    empty(&scan->sources);
    empty(&scan->calls);
    empty(&scan->tallied);
    empty(&scan->messages);
    scan->first_of_day = scan->last_of_day = scan->above_of_day = -1;
}

/* A chunk and its text, whose lines are those of the chunk without Docker's JSON. */
typedef struct {
    const char *data, *text;
    int64_t size, text_size;
} Chunk;

/* Count a line that looks right; 0 if Python has to. */
static int wrapped(Scan *scan, const Chunk *chunk, const Place *place, int32_t before,
                   int32_t behind, Count *count) {
    Frame *frame = frame_of(scan, chunk->data, chunk->text, (Frame){*place, before, behind, 0});
    int counted = frame && count(scan, chunk->text, place);
    if (frame) frame->n += counted;
    else scan->ordered = 1;
    return counted;
}

/* Whether an empty line from p on stands below a line that was counted: it says nothing, as those do
 * that stand in place of records that were printed twice. */
static inline int is_empty_below(Scan *scan, const char *p, const char *end) {
    if (p < end || !scan->lines) return 0;
    if (scan->places_n && scan->places[scan->places_n - 1].line == scan->lines - 1) return 0;
    scan->empty++;
    scan->lines++;
    return 1;
}

/* Count the line from p to end, whose text is that from body to stop. */
static inline void line(Scan *scan, const Chunk *chunk, const char *p, const char *end,
                        const char *body, const char *stop, Looks *looks, Count *count) {
    const char *from = looks != is_dev ? opening(body, stop) : body;
    int32_t before = (int32_t)(from - body), behind = stop - body < end - p ? suffix(p, end) : 0;
    int returns = stop > from && stop[-1] == '\r', bare = chunk->text == chunk->data;
    Place place = {scan->lines++, (int32_t)(p - chunk->data),
                   (int32_t)(end - chunk->data) - (returns && bare), (int32_t)(from - chunk->text),
                   (int32_t)(stop - chunk->text) - returns, 0};
    int marked = before == 3 && BEGINS(body, stop, "\xef\xbb\xbf"); /* the file's first line */
    if (!marked && end - p <= scan->longest && looks(from, stop - returns))
        place.framed = before || behind ? WRAPPED : BARE;
    if (place.framed == BARE && count(scan, chunk->text, &place)) return;
    if (place.framed == WRAPPED && wrapped(scan, chunk, &place, before, behind, count)) return;
    if (!place.framed) scan->ordered |= looks != is_dev || may_be_of_http(p, end);
    scan->places[scan->places_n++] = place;
}

static inline int32_t lines(Scan *scan, const Chunk *chunk, Looks *looks, Count *count) {
    const char *all = chunk->data + chunk->size, *texts = chunk->text + chunk->text_size;
    const char *end, *body = chunk->text, *stop;
    begin_anew(scan);
    for (const char *p = chunk->data; p < all; p = end + 1, body = stop + 1) {
        if (scan->lines == MOST_LINES || chunk->size > INT32_MAX) return -1;
        end = newline(p, all);
        stop = chunk->text == chunk->data ? end : newline(body, texts);
        if (is_empty_below(scan, p, end)) continue;
        line(scan, chunk, p, end, body, stop, looks, count);
    }
    return 0;
}

/* Scan a chunk of whole lines and its text (see `scan_undock`); -1 if it has too many. */
int32_t scan_json(Scan *scan, const char *data, int64_t size, const char *text, int64_t text_size) {
    return lines(scan, &(Chunk){data, text, size, text_size}, is_json, json);
}

/* The same of JSON whose times have no zone. */
int32_t scan_unzoned_json(Scan *scan, const char *data, int64_t size) {
    return lines(scan, &(Chunk){data, data, size, size}, is_unzoned_json, unzoned_json);
}

int32_t scan_dev(Scan *scan, const char *data, int64_t size) {
    return lines(scan, &(Chunk){data, data, size, size}, is_dev, dev);
}

/* Scan a chunk of text whose lines begin like the templates, and its text (see
 * `scan_undock_text`): lines of as many bytes there are none of Docker's. */
int32_t scan_text(Scan *scan, const char *data, int64_t size, const char *text_of, int64_t text_size) {
    const char *all = data + size, *texts = text_of + text_size, *body = text_of, *end, *stop;
    int bare = data == text_of;
    begin_anew(scan);
    for (const char *p = data; p < all; p = end + 1, body = stop + 1) {
        if (scan->lines == MOST_LINES || size > INT32_MAX) return -1;
        end = newline(p, all);
        stop = bare ? end : newline(body, texts);
        if (is_empty_below(scan, p, end)) continue;
        int returns = stop > body && stop[-1] == '\r', is_known = bare || stop - body < end - p;
        Place place = {scan->lines++, (int32_t)(p - data),
                       (int32_t)(end - data) - (returns && (bare || !is_known)),
                       (int32_t)(body - text_of), (int32_t)(stop - text_of) - returns, 0};
        if (is_known && end - p <= scan->longest && text(scan, text_of, &place, texts)) continue;
        if (!is_known) scan->ordered |= may_be_of_http(p, end);
        scan->places[scan->places_n++] = place;
    }
    return 0;
}

/* Scan a chunk of lines, and its text, in which those stand that LiveKit's JSON was made of
 * (`scan_render`). */
int32_t scan_rendered(Scan *scan, const char *data, int64_t size, const char *text_of, int64_t text_size) {
    const char *all = data + size, *texts = text_of + text_size, *body = text_of, *end, *stop;
    begin_anew(scan);
    for (const char *p = data; p < all; p = end + 1, body = stop + 1) {
        if (scan->lines == MOST_LINES || size > INT32_MAX) return -1;
        end = newline(p, all);
        stop = newline(body, texts);
        Place place = {scan->lines++, (int32_t)(p - data), (int32_t)(end - data),
                       (int32_t)(body - text_of), (int32_t)(stop - text_of), 0};
        int is_known = stop > body && end - p <= scan->longest;
        if (is_known && json(scan, text_of, &place)) continue;
        if (!is_known) scan->ordered |= may_be_of_http(p, end);
        scan->places[scan->places_n++] = place;
    }
    return 0;
}

/* Copy the texts of a table's entries, a line each. Returns the bytes written. */
int64_t scan_joined(const Table *table, const char *text_of, char *out) {
    char *to = out;
    for (int32_t i = 0; i < table->used; i++) {
        const Entry *found = &table->entries[i];
        size_t size = (size_t)(found->lead + found->size);
        memcpy(to, text_of + found->at - found->lead, size);
        to += size;
        *to++ = '\n';
    }
    return to - out;
}

/* Write the calls of the pairs, message by message, and where those of each end (zeros before). */
void scan_paired(const Scan *scan, int32_t *calls, int32_t *ends) {
    const Pair *pairs = scan->pairs;
    int32_t n = scan->pairs_n, last = scan->others.used - 1;
    for (int32_t i = 0; i < n; i++)
        if (pairs[i].other < last) ends[pairs[i].other + 1]++;
    for (int32_t i = 1; i <= last; i++) ends[i] += ends[i - 1];
    for (int32_t i = 0; i < n; i++) calls[ends[pairs[i].other]++] = pairs[i].call;
}

/* Whether Python has to look at a line: it was not read, or a call begins or ends with it. */
static int is_stop(const PipecatLine *line) { return !line->kind || line->kind >= CALL_STARTED; }

/* Look at whole lines of a Pipecat log, as long as there is room for what is found. */
void scan_pipecat(PipecatLines *out, const char *data, int64_t size) {
    const char *all = data + size, *p = data, *end;
    out->lines = out->n = out->stops_n = 0;
    for (; p < all && out->n < MOST_TAKEN && size <= INT32_MAX; p = end + 1, out->lines++) {
        end = newline(p, all);
        PipecatLine *line = &out->found[out->n];
        if (!point_out(&out->minute, data, p, end, line)) continue;
        line->line = out->first + out->lines;
        if (is_stop(line)) out->stops[out->stops_n++] = out->n;
        out->n++;
    }
    out->at = (int32_t)(p < all ? p - data : size);
}

/* Write the lines that the turns of a call make, which ends on `line`; 0 if Python has to. */
int scan_pipecat_call(PipecatCall *out, const PipecatLine *rows, int64_t n, int64_t line) {
    return call_written(out, rows, n, line);
}

#ifndef SCAN_SOURCE
#define SCAN_SOURCE 0u
#endif

/* The CRC-32 of the source that this was built of, which `library.py` checks. */
uint64_t scan_version(void) { return (uint64_t)SCAN_SOURCE << 32; }
